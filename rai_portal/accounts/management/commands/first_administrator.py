"""Make the first administrator of an empty portal."""

from __future__ import annotations

import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from rai_portal.accounts.choices import Role
from rai_portal.accounts.models import Membership, User
from rai_portal.ledger.services.record import record


class Command(BaseCommand):
    """manage.py first_administrator [EMAIL] [--name NAME]; asks for the password."""

    help = "Make the first administrator; refused once there is one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take address and name; what is missing is asked for."""
        parser.add_argument("email", nargs="?")
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, check, make; nothing is made when an answer does not do."""
        if Membership.objects.filter(role=Role.ADMINISTRATOR).exists():
            message = "There is an administrator already; they add people on the page People."
            raise CommandError(message)
        email = (options["email"] or input("E-mail address: ")).strip().lower()
        password = getpass.getpass("Password: ")
        try:
            validate_email(email)
            validate_password(password, User(email=email))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=options["name"] or email)
            Membership.objects.create(user=user, role=Role.ADMINISTRATOR)
            record(actor=None, action="administrator.first_made", subject=user)
        self.stdout.write(f"{email} can sign in now, and add people and portfolios.")
