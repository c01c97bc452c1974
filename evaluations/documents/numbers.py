"""Cells and times as documents print them."""

from __future__ import annotations

import datetime as dt

from evaluations.methods.results import Scalar
from evaluations.methods.wording import plain

NONE = "–"


def cell(value: Scalar) -> str:
    """Return one cell: whole numbers with separators, others to three digits, very small as powers."""
    match value:
        case None | "":
            return NONE
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return _number(value)
    return str(value)


def _number(value: float) -> str:
    if value and abs(value) < 0.0005:
        return f"{value:.1e}"
    return plain(value, 3)


def when(at: dt.datetime | None) -> str:
    """Return "22 November 2026, 04:41 UTC"."""
    if at is None:
        return NONE
    moment = at.astimezone(dt.UTC)
    return f"{moment.day} {moment:%B %Y}, {moment:%H:%M} UTC"
