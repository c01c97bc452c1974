"""Make an API token; it alone stands on the last line of the output."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rai_portal.accounts.choices import Scope
from rai_portal.accounts.models import User
from rai_portal.accounts.services.tokens import create_token
from rai_portal.errors import Refused


class Command(BaseCommand):
    """manage.py api_token EMAIL --scope read --days 7."""

    help = "Make an API token for a person; it is shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the person's e-mail address, scope and days."""
        parser.add_argument("email")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.READ)
        parser.add_argument("--days", type=int, default=7)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print when the token ends, then the token."""
        user = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if user is None:
            message = f"Nobody active has the address {options['email']}."
            raise CommandError(message)
        try:
            row, token = create_token(
                actor=None, user=user, scope=Scope(options["scope"]), days=options["days"]
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"Scope {row.scope}, until {row.expires_at:%Y-%m-%d %H:%M} UTC:")
        self.stdout.write(token)
