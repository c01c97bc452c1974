"""Brings a refusal of the domain back to the form that asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rai_portal.errors import Conflict, NotAllowed, Refused

if TYPE_CHECKING:
    from django.forms import BaseForm


def attempt[T](form: BaseForm, change: Callable[[], T]) -> T | None:
    """Return what the change returns, or None with its refusal on the form.

    A missing right and a lost race are answered by their own pages, so they pass on.
    """
    try:
        return change()
    except (NotAllowed, Conflict):
        raise
    except Refused as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, refusal.sentence)
        return None
