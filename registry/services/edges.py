"""Edges of sensitive columns of numbers: which are declared, and which are missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from registry.choices import ColumnRole
from registry.reading.bins import needs_edges

if TYPE_CHECKING:
    from registry.models import Dataset


def edges_of(dataset: Dataset, columns: Iterable[str]) -> dict[str, list[str]]:
    """Return the declared edges of the named sensitive columns that have any."""
    held = {column.name: column for column in dataset.columns.all()}
    return {
        name: list(held[name].edges)
        for name in columns
        if name in held and held[name].role == ColumnRole.SENSITIVE and held[name].edges
    }


def missing_edges(dataset: Dataset, columns: Iterable[str]) -> dict[str, str]:
    """Return a sentence for each named column that cannot be compared by without edges."""
    profiles = dataset.column_profiles()
    declared = edges_of(dataset, profiles)
    return {
        name: too_many_numbers(name, profiles[name]["distinct"])
        for name in columns
        if name in profiles and name not in declared and needs_edges(profiles[name])
    }


def too_many_numbers(name: str, distinct: int) -> str:
    """Say why a column of numbers needs edges, and how to give them."""
    return (
        f"“{name}” holds {distinct:,} different numbers, too many to compare as groups. Give it "
        "edges, such as 25, 40, 60."
    )
