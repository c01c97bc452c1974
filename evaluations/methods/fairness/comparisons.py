"""Every pair of compared groups: gaps and ratios with their own and with simultaneous bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.fairness.measured import Ints, Measured
from evaluations.methods.intervals import Bounds, Floats, sidak_level
from evaluations.methods.pairs import Ladder, at, difference, ladder, ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratios:
    """Ratio lower / higher of each pair. defined: not where the higher rate is 0."""

    values: Floats
    own: Bounds
    simultaneous: Bounds
    defined: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """All pairs of the compared groups of one metric, each turned so that its gap is not negative.

    high, low: places of the groups with the higher and the lower value.
    """

    key: str
    high: Ints
    low: Ints
    gaps: Floats
    own: Bounds
    simultaneous: Bounds
    rows: Ints
    ratios: Ratios | None = None

    def place(self, one: int, other: int) -> int:
        """Return where the pair of two groups stands."""
        forth = (self.high == one) & (self.low == other)
        back = (self.high == other) & (self.low == one)
        return int(np.flatnonzero(forth | back)[0])


def compare_all(
    metrics: list[Measured], compared: NDArray[np.bool_], level: float
) -> dict[str, Pairs]:
    """Return the pairs of every comparable metric, for those with at least two groups.

    compared: which groups may be compared at all; a metric drops those it could not estimate.
    """
    found: dict[str, Pairs] = {}
    for metric in metrics:
        places = np.flatnonzero(compared & metric.estimable)
        if metric.comparable and len(places) > 1:
            found[metric.key] = _pairs(metric, places, level)
    return found


def _pairs(metric: Measured, places: NDArray[np.intp], level: float) -> Pairs:
    left, right = np.triu_indices(len(places), k=1)
    own = ladder(metric.bounds, level)
    outer = ladder(metric.bounds, sidak_level(level, len(left)))
    return paired(metric, places[left], places[right], own=own, outer=outer)


def paired(
    metric: Measured,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    *,
    own: Ladder,
    outer: Ladder,
) -> Pairs:
    """Return the pairs of the groups at these places, turned. outer: for all pairs at once."""
    swap = metric.values[first] < metric.values[second]
    high = np.where(swap, second, first).astype(np.int64)
    low = np.where(swap, first, second).astype(np.int64)
    return Pairs(
        key=metric.key,
        high=high,
        low=low,
        gaps=metric.values[high] - metric.values[low],
        own=gap_bounds(metric, own, high, low),
        simultaneous=gap_bounds(metric, outer, high, low),
        rows=metric.n[high] + metric.n[low],
        ratios=_ratios(metric, own, outer, (high, low)) if metric.share else None,
    )


def gap_bounds(metric: Measured, rungs: Ladder, high: Ints, low: Ints) -> Bounds:
    """Return the interval of each pair's gap, widened where groups share clusters."""
    found = difference(at(rungs, high), at(rungs, low))
    if metric.spread is None or metric.spread.shared is None:
        return found
    gap = metric.values[high] - metric.values[low]
    wide = np.sqrt(metric.spread.shared[high, low])
    return Bounds(
        np.maximum(gap - (gap - found.low) * wide, -1.0),
        np.minimum(gap + (found.high - gap) * wide, 1.0),
    )


def ratio_bounds(metric: Measured, rungs: Ladder, first: Ints, second: Ints) -> Bounds:
    """Return the interval of each ratio first / second; the rate of `second` must be positive.

    Where groups share clusters it is widened on the logarithmic scale; from a ratio of 0, whose
    upper end is in proportion to 1 / rows, as if there were so many fewer.
    """
    found = ratio(at(rungs, first), at(rungs, second))
    if metric.spread is None or metric.spread.shared is None:
        return found
    value, wide = metric.values[first] / metric.values[second], metric.spread.shared[first, second]
    none = value <= 0.0
    safe, root = np.where(none, 1.0, value), np.sqrt(wide)
    return Bounds(
        np.where(none, 0.0, safe * (found.low / safe) ** root),
        np.where(none, found.high * wide, safe * (found.high / safe) ** root),
    )


def _ratios(metric: Measured, own: Ladder, outer: Ladder, places: tuple[Ints, Ints]) -> Ratios:
    """Return the ratios lower / higher; of pairs without one the arrays hold a meaningless 1."""
    high, low = places
    defined = metric.values[high] > 0.0
    first, second = low[defined], high[defined]

    def filled(numbers: Floats) -> Floats:
        found = np.ones(len(high))
        found[defined] = numbers
        return found

    alone = ratio_bounds(metric, own, first, second)
    together = ratio_bounds(metric, outer, first, second)
    return Ratios(
        values=filled(metric.values[first] / metric.values[second]),
        own=Bounds(filled(alone.low), filled(alone.high)),
        simultaneous=Bounds(filled(together.low), filled(together.high)),
        defined=defined,
    )
