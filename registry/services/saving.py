"""Saves a row that was checked against its own rules, and says a fault as a sentence."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField
from django.utils import timezone

from rai_portal.errors import Conflict, Refused

if TYPE_CHECKING:
    from django.db.models import Model


A_MOMENT = dt.timedelta(minutes=1)
"""A form sent again by a second click or a lost answer comes within it."""


def sent_before[M: Model](row: M, *, under: Model) -> M | None:
    """Return the row that the same form made a moment ago, or None: one form makes one row.

    row: filled and not saved yet, with `created_at` and the person in its columns. under: the row
    it belongs to, locked here so that of two sendings at once the second finds the first.
    """
    type(under)._default_manager.select_for_update().get(pk=under.pk)
    same: dict[str, object] = {"created_at__gte": timezone.now() - A_MOMENT}
    for field in row._meta.concrete_fields:
        made_on_saving = isinstance(field, DateTimeField) and field.auto_now_add
        if field.primary_key or field.generated or made_on_saving:
            continue
        value = getattr(row, field.attname)
        same[f"{field.attname}__isnull" if value is None else field.attname] = (
            True if value is None else value
        )
    return type(row)._default_manager.filter(**same).order_by("-pk").first()


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
