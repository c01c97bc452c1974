"""Bins for columns of numbers that become groups, such as age: declared edges, and their names.

Edges are texts of numbers, rising: they enter digests, where floating-point numbers have no place.
With edges 25, 40 and 60 a number is under 25, from 25 to under 40, from 40 to under 60, or 60 and
over: each edge belongs to the bin above it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from registry.reading.values import canonical, literal

MOST_NUMBERS = 20
"""Different numbers that a column may hold to be compared as groups without edges."""
MOST_EDGES = 20
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_BIN = re.compile(
    rf"under (?P<under>{_NUMBER})|(?P<low>{_NUMBER})(?: to (?:under )?{_NUMBER}| and over)?",
    re.ASCII,
)
"""A bin's name, as `bin_names` gives it."""


def parse_edges(text: str) -> tuple[str, ...]:
    """Return edges as declared, "25, 40, 60"; () for nothing. ValueError with a sentence."""
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    edges = tuple(canonical(part) for part in parts)
    for part, edge in zip(parts, edges, strict=True):
        try:
            known = math.isfinite(float(edge)) and part.casefold() not in ("true", "false")
        except ValueError:
            known = False
        if not known:
            message = f"Edges are numbers with commas between, such as 25, 40, 60; got “{part}”."
            raise ValueError(message)
    if any(float(low) >= float(high) for low, high in pairwise(edges)):
        message = "Each edge must be larger than the one before it, such as 25, 40, 60."
        raise ValueError(message)
    if len(edges) > MOST_EDGES:
        message = f"At most {MOST_EDGES} edges can be declared; got {len(edges)}."
        raise ValueError(message)
    return edges


def bin_names(edges: Sequence[str], *, whole: bool) -> tuple[str, ...]:
    """Return the bins' names, rising. whole: the column holds whole numbers only.

    With 25 and 40: "under 25", "25 to 39" ("25 to under 40" unless whole), "40 and over".
    """
    between = [_between(low, high, whole=whole) for low, high in pairwise(edges)]
    return (f"under {edges[0]}", *between, f"{edges[-1]} and over")


def _between(low: str, high: str, *, whole: bool) -> str:
    first, last = float(low), float(high) - 1
    if not (whole and first.is_integer() and last.is_integer()):
        return f"{low} to under {high}"
    return low if first == last else f"{low} to {canonical(repr(last))}"


def lower_edge(name: str) -> float | None:
    """Return where a bin of this name begins, or the number that it is; None for any other name.

    "under 25" begins below every number; "25 to 39", "25 to under 40", "25" and "25 and over" at 25.
    """
    found = _BIN.fullmatch(name)
    if found is None:
        return None
    return -math.inf if found["under"] else float(found["low"])


def bin_sql(number: str, edges: Sequence[str], *, whole: bool) -> str:
    """Return SQL for the name of a number's bin; NULL for NULL. number: SQL of a DOUBLE."""
    *names, last = bin_names(edges, whole=whole)
    cases = " ".join(
        f"WHEN {number} < CAST({literal(edge)} AS DOUBLE) THEN {literal(name)}"
        for edge, name in zip(edges, names, strict=True)
    )
    return f"CASE WHEN {number} IS NULL THEN NULL {cases} ELSE {literal(last)} END"


def needs_edges(column: Mapping[str, Any]) -> bool:
    """Tell whether a column of a stored profile holds too many numbers to be groups as it is."""
    return bool(column["kind"] == "number" and column["distinct"] > MOST_NUMBERS)
