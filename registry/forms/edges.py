"""The field that asks for the edges between the groups of a column of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from registry.reading.bins import bin_names, needs_edges
from registry.wording import listed

_EXAMPLE = ("25", "40", "60")


def edges_field(profile: Mapping[str, Any], begun: Iterable[str] = ()) -> forms.CharField:
    """Return the field. profile: what was found of the column. begun: edges declared before."""
    groups = listed(bin_names(_EXAMPLE, whole=profile["whole_numbers"]))
    empty = (
        f"Needed to compare by it: it holds {profile['distinct']:,} different numbers."
        if needs_edges(profile)
        else "Leave empty to compare its values as they are."
    )
    return forms.CharField(
        label=f"Edges between groups of {profile['name']}",
        required=False,
        max_length=200,
        initial=", ".join(begun),
        help_text=f"{', '.join(_EXAMPLE)} makes the groups {groups}. {empty}",
    )
