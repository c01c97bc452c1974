"""Make an API token, which alone stands on the last line of the output, or end one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rai_portal.accounts.choices import Scope
from rai_portal.accounts.models import ApiToken, User
from rai_portal.accounts.services.tokens import SHOWN, create_token, revoke_token
from rai_portal.errors import Refused


class Command(BaseCommand):
    """manage.py api_token EMAIL --scope read --days 7, or --revoke rai_1a2B3c4D."""

    help = "Make an API token for a person, shown once; or end one of theirs at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the person's e-mail address, scope and days, or the token to end."""
        parser.add_argument("email")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.READ)
        parser.add_argument("--days", type=int, default=7)
        parser.add_argument("--revoke", metavar="TOKEN", help="End it; its first 12 signs will do.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print when the token ends, then the token; or which token was ended."""
        user = User.objects.filter(email__iexact=options["email"]).first()
        if options["revoke"]:
            self._revoke(user, options["email"], options["revoke"])
            return
        if user is None or not user.is_active:
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

    def _revoke(self, user: User | None, email: str, token: str) -> None:
        begin = token[:SHOWN]
        held = ApiToken.objects.filter(user=user, prefix=begin, revoked_at=None)
        if user is None or len(begin) < SHOWN or not held:
            message = (
                f"{email} holds no token that begins with {begin} and was not ended before. "
                "Nothing was changed. Give the token or its first 12 signs."
            )
            raise CommandError(message)
        for row in held:
            revoke_token(actor=None, token=row)
        self.stdout.write(f"The token {begin}… of {user} was ended: it opens nothing any more.")
