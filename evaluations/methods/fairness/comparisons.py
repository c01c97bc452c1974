"""Every pair of compared groups: gaps and ratios with their own and with simultaneous bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.fairness.measured import Ints, Measured
from evaluations.methods.intervals import Bounds, Floats, difference, score_ratio, sidak_level


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
    return _with_ratios(found, {metric.key: metric for metric in metrics}, level)


def _pairs(metric: Measured, places: NDArray[np.intp], level: float) -> Pairs:
    left, right = np.triu_indices(len(places), k=1)
    first, second = places[left], places[right]
    swap = metric.values[first] < metric.values[second]
    high, low = np.where(swap, second, first), np.where(swap, first, second)
    return Pairs(
        key=metric.key,
        high=high.astype(np.int64),
        low=low.astype(np.int64),
        gaps=metric.values[high] - metric.values[low],
        own=gap_bounds(metric, high, low, level),
        simultaneous=gap_bounds(metric, high, low, sidak_level(level, len(high))),
        rows=metric.n[high] + metric.n[low],
    )


def gap_bounds(metric: Measured, high: Ints, low: Ints, level: float) -> Bounds:
    """Return the interval of each pair's gap, widened where groups share clusters."""
    ends = metric.bounds(level)
    first, second = metric.values[high], metric.values[low]
    found = difference(
        first,
        second,
        Bounds(ends.low[high], ends.high[high]),
        Bounds(ends.low[low], ends.high[low]),
    )
    if metric.spread is None or metric.spread.shared is None:
        return found
    gap, wide = first - second, np.sqrt(metric.spread.shared[high, low])
    return Bounds(
        np.maximum(gap - (gap - found.low) * wide, -1.0),
        np.minimum(gap + (found.high - gap) * wide, 1.0),
    )


def _with_ratios(
    found: dict[str, Pairs], metrics: dict[str, Measured], level: float
) -> dict[str, Pairs]:
    """Add ratios to the shares; all bounds are searched for in one pass over all metrics."""
    shares = [key for key in found if metrics[key].successes is not None]
    if not shares:
        return found
    parts = [_parts(metrics[key], found[key], level) for key in shares]
    own_parts, outer_parts = zip(*parts, strict=True)
    own, values, defined = _ratio_bounds(own_parts)
    simultaneous, _, _ = _ratio_bounds(outer_parts)
    start = 0
    for key in shares:
        end = start + len(found[key].gaps)
        ratios = Ratios(
            values=values[start:end],
            own=Bounds(own.low[start:end], own.high[start:end]),
            simultaneous=Bounds(simultaneous.low[start:end], simultaneous.high[start:end]),
            defined=defined[start:end],
        )
        found[key] = _joined(found[key], ratios)
        start = end
    return found


type _Parts = tuple[Floats, Floats, Floats, Floats, Floats]


def _parts(metric: Measured, pairs: Pairs, level: float) -> tuple[_Parts, _Parts]:
    """Return successes and rows of both groups of each pair, and the level; own, then for all."""
    adjusted = sidak_level(level, len(pairs.gaps))
    return _parts_at(metric, pairs, level), _parts_at(metric, pairs, adjusted)


def _parts_at(metric: Measured, pairs: Pairs, level: float) -> _Parts:
    x, n = metric.counted(level)
    levels = np.full(len(pairs.gaps), level)
    if metric.spread is None:
        return x[pairs.low], n[pairs.low], x[pairs.high], n[pairs.high], levels
    shared = metric.spread.shared
    wide = np.ones(len(pairs.gaps)) if shared is None else shared[pairs.high, pairs.low]
    # At least one row: with less the factor N / (N − 1) of the statistic would turn over.
    low, high = np.maximum(n[pairs.low] / wide, 1.0), np.maximum(n[pairs.high] / wide, 1.0)
    return metric.values[pairs.low] * low, low, metric.values[pairs.high] * high, high, levels


def _ratio_bounds(parts: tuple[_Parts, ...]) -> tuple[Bounds, Floats, NDArray[np.bool_]]:
    x1, n1, x2, n2, levels = (np.concatenate(column) for column in zip(*parts, strict=True))
    defined = x2 > 0.0
    # Undefined pairs are computed as if one row had been selected, and then never shown.
    safe = np.where(defined, x2, 1.0)
    return score_ratio(x1, n1, safe, n2, levels), (x1 / n1) / (safe / n2), defined


def _joined(pairs: Pairs, ratios: Ratios) -> Pairs:
    return Pairs(
        key=pairs.key,
        high=pairs.high,
        low=pairs.low,
        gaps=pairs.gaps,
        own=pairs.own,
        simultaneous=pairs.simultaneous,
        rows=pairs.rows,
        ratios=ratios,
    )
