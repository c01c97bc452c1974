"""The field that asks for the edges between the groups of a column of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from registry.reading.bins import bin_names, needs_edges

_EXAMPLE = ("25", "40", "60")


class EdgesField(forms.CharField):
    """conditional: needed if the column is compared by, as its help says."""

    conditional = False


def edges_field(profile: Mapping[str, Any], begun: Iterable[str] = ()) -> EdgesField:
    """Return the field. profile: what was found of the column. begun: edges declared before."""
    groups = ", ".join(bin_names(_EXAMPLE, whole=profile["whole_numbers"]))
    needed = needs_edges(profile)
    empty = (
        f"Needed to compare by it: it holds {profile['distinct']:,} different numbers."
        if needed
        else "Leave empty to compare its values as they are."
    )
    field = EdgesField(
        label=f"Edges between groups of {profile['name']}",
        required=False,
        max_length=200,
        initial=", ".join(begun),
        help_text=f"{', '.join(_EXAMPLE)} makes the groups {groups}. {empty}",
    )
    field.conditional = needed
    return field
