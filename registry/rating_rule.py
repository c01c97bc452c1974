"""When a lower rating of a risk needs a second person, and which rating counts until then. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

LEVELS_BY_ONE = 1
"""By how many levels one person alone may lower a rating."""

type Cell = tuple[int, int]
"""Likelihood and severity, 1 to 5 each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A cell read by a matrix. rank: of its level, 1 the lowest. over: above the appetite."""

    severity: int
    rank: int
    over: bool


type Grade = Callable[[Cell], Graded]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One rating. confirmed: by a second person who had no hand in it."""

    cell: Cell
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What counts after some acts.

    cell: the rating that counts; the inherent one while `rated` is False. highest: the highest
    that counted since a second person last confirmed; falls are measured from it too, so that
    small steps by one person do not add up to a large one.
    """

    cell: Cell
    highest: Cell
    rated: bool


def needs_second_person(before: Graded, after: Graded) -> str:
    """Return why one person may not lower the rating alone, as a clause; "" when they may."""
    if before.over and not after.over:
        return "it brings the risk within appetite"
    if after.severity < before.severity:
        return "the severity falls"
    if before.rank - after.rank > LEVELS_BY_ONE:
        return f"it falls by {before.rank - after.rank} levels"
    return ""


def reason_to_confirm(standing: Standing, cell: Cell, grade: Grade) -> str:
    """Return why this rating needs a second person, given what stands; "" when it stands alone."""
    after = grade(cell)
    whys = (needs_second_person(grade(from_), after) for from_ in (standing.cell, standing.highest))
    return next((why for why in whys if why), "")


def standing(inherent: Cell, acts: Iterable[Act], grade: Grade) -> Standing:
    """Return what counts after these ratings, oldest first; unconfirmed falls do not count."""
    now = Standing(cell=inherent, highest=inherent, rated=False)
    for act in acts:
        if act.confirmed:
            now = Standing(cell=act.cell, highest=act.cell, rated=True)
        elif not reason_to_confirm(now, act.cell, grade):
            higher = act.cell[0] * act.cell[1] >= now.highest[0] * now.highest[1]
            highest = act.cell if higher else now.highest
            now = Standing(cell=act.cell, highest=highest, rated=True)
    return now
