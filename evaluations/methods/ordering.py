"""In which order groups are listed: bins and numbers rising, everything else by its letters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from evaluations.methods.inputs import NOT_RECORDED
from registry.reading.bins import lower_edge

type Member = tuple[str, ...]


def rising(values: Iterable[str]) -> dict[str, float] | None:
    """Return where each value of a column begins, rows not recorded last; None unless all are bins.

    A column whose values are numbers alone is ordered by them: 9 stands before 10.
    """
    begins = {value: lower_edge(value) for value in values if value != NOT_RECORDED}
    known = {value: begin for value, begin in begins.items() if begin is not None}
    if not known or len(known) < len(begins):
        return None
    return {**known, NOT_RECORDED: math.inf}


def ordered(members: Iterable[Member]) -> tuple[Member, ...]:
    """Return the groups, each once: by the first column, then by the second, and so on."""
    every = set(members)
    places = [rising(column) for column in zip(*every, strict=True)]
    return tuple(sorted(every, key=lambda member: _key(member, places)))


def _key(member: Member, places: Sequence[dict[str, float] | None]) -> list[tuple[float, str]]:
    return [
        (0.0 if begins is None else begins[value], value)
        for value, begins in zip(member, places, strict=True)
    ]
