"""The e-mail address that a person signs in with, changed at the server's command line."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from rai_portal.accounts.models import User
from rai_portal.db import row_record
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record


@transaction.atomic
def change_address(*, user: User, address: str) -> User:
    """Give the person another address, with an entry that names nobody as the actor.

    Not on a page: who could change an address could take over what its person signs.
    """
    wanted = address.strip().lower()
    try:
        validate_email(wanted)
    except ValidationError as error:
        message = f"{wanted} is no e-mail address. Nothing was changed."
        raise Refused(message) from error
    row = User.objects.select_for_update().get(pk=user.pk)
    if User.objects.filter(email__iexact=wanted).exclude(pk=row.pk).exists():
        message = f"Somebody else has the address {wanted}. Nothing was changed."
        raise Refused(message)
    before = row_record(row)
    row.email = wanted
    row.save(update_fields=["email"])
    EmailAddress.objects.filter(user=row).delete()
    record(actor=None, action="person.address_changed", subject=row, before=before)
    return row
