"""Saves a row that was checked against its own rules, and says a fault as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction

from rai_portal.errors import Conflict, Refused

if TYPE_CHECKING:
    from django.db.models import Model


def save_checked(row: Model) -> None:
    """Check the row (fields, choices, constraints) and save it, or raise Refused.

    Two people may save the same name at the same moment: the check passes for both, the database
    keeps one, and the other is told so.
    """
    try:
        row.full_clean()
    except ValidationError as error:
        raise _refusal(row, error) from error
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        message = (
            "Somebody else saved the same at the same moment, or what it refers to has changed. "
            "Nothing of yours was kept. Look again, then try once more."
        )
        raise Conflict(message) from error


def _refusal(row: Model, error: ValidationError) -> Refused:
    name, messages = next(iter(error.message_dict.items()))
    if name == NON_FIELD_ERRORS:
        return Refused(f"{messages[0]} Nothing was saved.")
    label = str(row._meta.get_field(name).verbose_name).capitalize()  # type: ignore[union-attr]
    return Refused(f"{label}: {messages[0]} Nothing was saved.", field=name)
