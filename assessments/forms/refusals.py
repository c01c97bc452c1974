"""Refusals of the domain, shown where the person typed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms

from rai_portal.errors import Conflict, NotAllowed, Refused


@contextmanager
def beside_fields(form: forms.Form) -> Iterator[None]:
    """Put a refusal into the form's errors; rights and conflicts go on to their own pages."""
    try:
        yield
    except (NotAllowed, Conflict):
        raise
    except Refused as error:
        field = error.field if error.field in form.fields else None
        form.add_error(field, error.sentence)
