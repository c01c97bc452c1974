"""Make the first administrator of an empty portal."""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rai_portal.accounts.choices import Role
from rai_portal.accounts.models import Membership
from rai_portal.accounts.services.administrators import make_administrator
from rai_portal.errors import Refused


class Command(BaseCommand):
    """manage.py first_administrator [EMAIL] [--name NAME]; asks for the password."""

    help = "Make the first administrator; refused once there is one."
    action = "administrator.first_made"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take address and name; what is missing is asked for."""
        parser.add_argument("email", nargs="?")
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, check, make; nothing is made when an answer does not do."""
        self.require_place()
        email = options["email"] or input("E-mail address: ")
        password = getpass.getpass("Password: ")
        try:
            user = make_administrator(
                email=email, name=options["name"], password=password, action=self.action
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{user.email} can sign in now, and administers.")

    def require_place(self) -> None:
        """Raise CommandError once there is an administrator."""
        if Membership.objects.filter(role=Role.ADMINISTRATOR).exists():
            message = (
                "There is an administrator already. Nothing was made. A second one, to confirm "
                "what takes two, is made by second_administrator."
            )
            raise CommandError(message)
