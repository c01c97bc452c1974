"""Change the e-mail address that a person signs in with."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rai_portal.accounts.models import User
from rai_portal.accounts.services.addresses import change_address
from rai_portal.errors import Refused


class Command(BaseCommand):
    """manage.py change_address OLD NEW."""

    help = "Change the e-mail address of a person; the ledger keeps that it was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address as it is and as it shall be."""
        parser.add_argument("old")
        parser.add_argument("new")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print with which address the person signs in from now on."""
        user = User.objects.filter(email__iexact=options["old"].strip()).first()
        if user is None:
            message = f"Nobody has the address {options['old']}. Nothing was changed."
            raise CommandError(message)
        try:
            changed = change_address(user=user, address=options["new"])
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{changed} signs in with {changed.email} from now on.")
