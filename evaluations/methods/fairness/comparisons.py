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
        own=_gap_bounds(metric, high, low, level),
        simultaneous=_gap_bounds(metric, high, low, sidak_level(level, len(high))),
        rows=metric.n[high] + metric.n[low],
    )


def _gap_bounds(metric: Measured, high: Ints, low: Ints, level: float) -> Bounds:
    ends = metric.bounds(level)
    return difference(
        metric.values[high],
        metric.values[low],
        Bounds(ends.low[high], ends.high[high]),
        Bounds(ends.low[low], ends.high[low]),
    )


def _with_ratios(
    found: dict[str, Pairs], metrics: dict[str, Measured], level: float
) -> dict[str, Pairs]:
    """Add ratios to the shares; all bounds are searched for in one pass over all metrics."""
    shares = [key for key in found if metrics[key].successes is not None]
    if not shares:
        return found
    columns: list[list[Floats]] = [[], [], [], [], []]
    for key in shares:
        pairs, metric = found[key], metrics[key]
        assert metric.successes is not None  # noqa: S101 - shares are those with successes
        adjusted = sidak_level(level, len(pairs.gaps))
        parts = (
            metric.successes[pairs.low],
            metric.n[pairs.low],
            metric.successes[pairs.high],
            metric.n[pairs.high],
            np.full(len(pairs.gaps), adjusted),
        )
        for column, part in zip(columns, parts, strict=True):
            column.append(np.asarray(part, dtype=float))
    x1, n1, x2, n2, adjusted_levels = (np.concatenate(column) for column in columns)
    defined = x2 > 0.0
    # Undefined pairs are computed as if one row had been selected, and then never shown.
    safe = np.where(defined, x2, 1.0)
    own = score_ratio(x1, n1, safe, n2, level)
    simultaneous = score_ratio(x1, n1, safe, n2, adjusted_levels)
    values = (x1 / n1) / (safe / n2)
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
