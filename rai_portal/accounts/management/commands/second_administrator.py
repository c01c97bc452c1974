"""Make the administrator who confirms what one alone may not do."""

from __future__ import annotations

from django.core.management.base import CommandError

from rai_portal.accounts.choices import Role
from rai_portal.accounts.management.commands import first_administrator
from rai_portal.accounts.models import User

ENOUGH = 2


class Command(first_administrator.Command):
    """manage.py second_administrator [EMAIL] [--name NAME]; asks for the password."""

    help = "Make a second administrator; refused while two can sign in."
    action = "administrator.second_made"

    def require_place(self) -> None:
        """Raise CommandError unless exactly one administrator can sign in, or none of several."""
        held = User.objects.filter(memberships__role=Role.ADMINISTRATOR)
        if not held.exists():
            message = "There is no administrator yet. Make one by first_administrator."
            raise CommandError(message)
        if held.filter(is_active=True).count() >= ENOUGH:
            message = (
                "Two administrators can sign in already. Nothing was made. They make a further "
                "one on the page People: one proposes, the other confirms."
            )
            raise CommandError(message)
