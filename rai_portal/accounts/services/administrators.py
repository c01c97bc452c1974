"""Administrators made at the server's command line: the first, and one to confirm with."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from rai_portal.accounts.choices import Role
from rai_portal.accounts.models import Membership, User
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record


@transaction.atomic
def make_administrator(*, email: str, name: str, password: str, action: str) -> User:
    """Return a new person who administers, with an entry that names nobody as the actor."""
    address = email.strip().lower()
    try:
        validate_email(address)
        validate_password(password, User(email=address))
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    if User.objects.filter(email__iexact=address).exists():
        message = f"Somebody has the address {address} already. Nothing was made. Give another one."
        raise Refused(message)
    user = User.objects.create_user(address, password, name=name or address)
    Membership.objects.create(user=user, role=Role.ADMINISTRATOR)
    record(actor=None, action=action, subject=user)
    return user
