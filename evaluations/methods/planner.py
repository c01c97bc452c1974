"""How many more rows would settle an inconclusive comparison, if the rates stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

type Comparison = Literal["difference", "ratio"]

MOST_TIMES = 1_000
"""Times the rows there are; beyond that more rows are no plan."""
HARDLY_TIMES = 20
"""Times the rows of the groups that would grow; beyond that nobody collects them for a check."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A group's rate and its denominator; n is worth n / effect independent rows of equal weight.

    share: of all rows of the group those that the denominator counts, in (0, 1]; 1 where it counts
    every row.
    """

    rate: float
    n: int
    effect: float = 1.0
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class More:
    """About so many more rows of a group, counted in the metric's denominator.

    among: the rows of the group that hold about so many of them; as many, where every row counts.
    """

    group: str
    rows: int
    among: int = 0


def rows_to_settle(
    groups: Mapping[str, Seen], *, comparison: Comparison, threshold: float, level: float
) -> tuple[More, ...]:
    """Return the fewest rows that would turn an inconclusive worst pair into a pass or a fail.

    If a pair is beyond the threshold as it stands, the rows that would make its simultaneous bound
    show it, of the pair where they are fewest; else those that bring every pair's own bound within.
    Fewest in all groups together, counted in whole rows of the groups. Empty if a rate lies on the
    threshold, or it would take more than HARDLY_TIMES the rows that the growing groups have.
    """
    # SciPy takes a second to import, and pages that only show a verdict do not need it.
    from evaluations.methods.settling import settle

    found = settle(list(groups.values()), comparison, threshold, level)
    names = list(groups)
    return tuple(
        More(names[at], tidy(extra.rows), tidy(extra.among)) for at, extra in sorted(found.items())
    )


def tidy(rows: int) -> int:
    """Round up to two leading digits: more would pretend to know."""
    step = int(10 ** max(len(str(rows)) - 2, 0))
    return -(-rows // step) * step
