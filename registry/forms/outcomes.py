"""Offers the values of a column for the field that names the favourable or the positive one.

The values stand in one group for each column, so that the choice is plain without a script; with
one (`static/js/columns.js`) the group of the chosen column is all that is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms

from registry.reading.values import canonical, outcomes_of

if TYPE_CHECKING:
    from registry.models import Dataset

FEW = 10
"""Columns with so many values or fewer may hold an outcome."""
GOOD = ("1", "true", "yes", "y", "approved", "accepted")


def values_by_column(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """Return what each column that may hold an outcome tells apart, as an evaluation does."""
    found = {name: outcomes_of(column) for name, column in dataset.column_profiles().items()}
    return {name: values for name, values in found.items() if 0 < len(values) <= FEW}


def offer_values(
    field: forms.Field, offered: Mapping[str, tuple[str, ...]], *, follows: str, now: str = ""
) -> None:
    """Give a choice field the values of every column. now: what was chosen before.

    follows: "field NAME", the field that names the column, or "role NAME", the role it has.
    """
    choice: Any = field
    groups: list[Any] = [
        (name, [(each, each) for each in values]) for name, values in offered.items()
    ]
    if now and not any(now in values for values in offered.values()):
        groups.append(("Chosen before", [(now, now)]))
    choice.choices = [("", "Choose"), *groups]
    choice.widget.attrs["data-values-of"] = follows


def likely_good(values: tuple[str, ...]) -> str:
    """Return the value that names are most likely to mean as the good one; "" if none is."""
    known = (each for each in values if canonical(each).casefold() in GOOD)
    return next(known, "") if len(values) == 2 else ""
