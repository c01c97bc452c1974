"""Simulated data sets, judged by the product's own comparisons and verdicts.

Groups of a cell are independent binomial counts. Every data set goes through `plain_rate`, `paired`,
`worst_of` and `decide_on`, as a run does; only what many data sets share is computed once: the
interval of a group with the same count, and data sets with the same counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.cells import RATES, Grouped
from evaluations.methods.decided import decide_on
from evaluations.methods.fairness.comparisons import Pairs, Ratios, paired
from evaluations.methods.fairness.measured import Measured, Minimum, plain_rate
from evaluations.methods.fairness.worst import Comparison, worst_of
from evaluations.methods.intervals import Bounds, Floats, sidak_level
from evaluations.methods.limits import Limit, Verdict
from evaluations.methods.pairs import Ladder, ladder
from evaluations.methods.results import Estimate

type Counts = NDArray[np.int64]
type Places = NDArray[np.intp]
type Flags = NDArray[np.bool_]

GAP, RATIO = "selection_rate_worst_difference", "selection_rate_worst_ratio"
_AT_ONCE = 10_000
"""Pairs compared in one step: what fits the processor's cache is twice as fast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Groups with their true rates, the limits to be judged, and the level of the intervals."""

    sizes: tuple[int, ...]
    rates: tuple[float, ...]
    gaps: tuple[float, ...] = ()
    ratios: tuple[float, ...] = ()
    level: float = 0.95

    def limits(self) -> list[Limit]:
        """Return the limits: gaps at most, ratios at least."""
        return [
            *(Limit(metric=GAP, direction="at_most", threshold=value) for value in self.gaps),
            *(Limit(metric=RATIO, direction="at_least", threshold=value) for value in self.ratios),
        ]


@dataclass(slots=True)
class Found:
    """Shares of data sets, by limit; and misses of 95 % intervals, the worse of their two ends.

    rate, gap, ratio: of the groups, or pairs of groups, of one size and true rate where it is missed
    most. jointly: data sets in which some simultaneous interval of a gap misses.
    """

    draws: int
    passes: dict[tuple[str, float], float]
    fails: dict[tuple[str, float], float]
    rate: float = 0.0
    gap: float = 0.0
    ratio: float = 0.0
    jointly: float = 0.0

    def error(self, share: float) -> float:
        """Return the Monte Carlo standard error of a share; of one in `draws` where it is 0."""
        at = min(max(share, 1.0 / self.draws), 1.0 - 1.0 / self.draws)
        return math.sqrt(at * (1.0 - at) / self.draws)


@dataclass(frozen=True, slots=True)
class _Sets:
    """Different data sets: how often each was drawn, and the places of their groups."""

    weight: Floats
    places: Places


def simulate(cell: Cell, *, draws: int, seed: int) -> Found:
    """Return how often verdicts and intervals of the cell are what they are."""
    sizes, rates = np.array(cell.sizes), np.array(cell.rates)
    drawn = np.random.default_rng(seed).binomial(sizes, rates, size=(draws, len(sizes)))
    _, alike = np.unique(np.stack([sizes, rates]), axis=1, return_inverse=True)
    counts, times = np.unique(_sorted(drawn, alike), axis=0, return_counts=True)
    metric, grouped, sets = _measured(counts, sizes, times / draws)
    own = ladder(metric.bounds, cell.level)
    outer = ladder(metric.bounds, sidak_level(cell.level, math.comb(len(sizes), 2)))
    limits = cell.limits()
    found = Found(
        draws, {key_of(item): 0.0 for item in limits}, {key_of(item): 0.0 for item in limits}
    )
    found.rate = _missed_rates(metric, sets, rates, alike, cell.level)
    misses = _Misses(rates, alike)
    for at, pairs in _paired(metric, sets, own, outer):
        weight, each = sets.weight[at], len(misses.left)
        parts = [
            _part(pairs, slice(start, start + each)) for start in range(0, len(pairs.gaps), each)
        ]
        _count_verdicts(cell, (metric, grouped), parts, weight, found)
        found.jointly += misses.add(pairs, sets.places[at], weight)
    found.gap, found.ratio = misses.worst(0, 1), misses.worst(2, 3)
    return found


def key_of(limit: Limit) -> tuple[str, float]:
    """Return what a limit is counted under: its metric and threshold."""
    return limit.metric, float(limit.threshold or 0.0)


def _sorted(drawn: Counts, alike: Places) -> Counts:
    """Put groups of one size and true rate in the order of their counts: which is which is nothing."""
    found = drawn.copy()
    for kind in range(int(alike.max()) + 1):
        places = np.flatnonzero(alike == kind)
        found[:, places] = np.sort(drawn[:, places], axis=1)
    return found


def _measured(counts: Counts, sizes: Counts, weight: Floats) -> tuple[Measured, Grouped, _Sets]:
    """Return the selection rate of every group that occurs, each size and count once."""
    rows = np.broadcast_to(sizes, counts.shape)
    each, places = np.unique(
        np.stack([rows.ravel(), counts.ravel()], axis=1), axis=0, return_inverse=True
    )
    table = np.zeros((len(each), 3, 3), dtype=np.int64)
    table[:, 2, 1], table[:, 2, 0] = each[:, 1], each[:, 0] - each[:, 1]
    grouped = Grouped(("group",), tuple((f"{x} of {n}",) for n, x in each), table)
    rate = next(item for item in RATES if item.key == "selection_rate")
    metric = plain_rate(grouped, rate, Minimum(rows=1, outcome="selected"))
    return metric, grouped, _Sets(weight, places.reshape(counts.shape))


def _paired(
    metric: Measured, sets: _Sets, own: Ladder, outer: Ladder
) -> Iterator[tuple[slice, Pairs]]:
    """Yield the pairs of some data sets at a time, those of a data set after each other."""
    left, right = np.triu_indices(sets.places.shape[1], k=1)
    step = max(_AT_ONCE // len(left), 1)
    for start in range(0, len(sets.weight), step):
        at = slice(start, start + step)
        first, second = sets.places[at][:, left].ravel(), sets.places[at][:, right].ravel()
        yield at, paired(metric, first, second, own=own, outer=outer)


def _part(whole: Pairs, at: slice) -> Pairs:
    ratios = whole.ratios
    if ratios is None:
        message = "A share of rows has ratios."
        raise TypeError(message)
    return replace(
        whole,
        high=whole.high[at],
        low=whole.low[at],
        gaps=whole.gaps[at],
        own=_ends(whole.own, at),
        simultaneous=_ends(whole.simultaneous, at),
        rows=whole.rows[at],
        ratios=Ratios(
            values=ratios.values[at],
            own=_ends(ratios.own, at),
            simultaneous=_ends(ratios.simultaneous, at),
            defined=ratios.defined[at],
        ),
    )


def _ends(bounds: Bounds, at: slice) -> Bounds:
    return Bounds(bounds.low[at], bounds.high[at])


def _count_verdicts(
    cell: Cell,
    measured: tuple[Measured, Grouped],
    pairs: Sequence[Pairs],
    weight: Floats,
    found: Found,
) -> None:
    metric, grouped = measured
    compared = np.ones(len(metric.n), dtype=bool)
    for part, share in zip(pairs, weight.tolist(), strict=True):
        case = Comparison(
            metric=metric, grouped=grouped, compared=compared, pairs=part, level=cell.level
        )
        worst = {item.metric: item for item in worst_of(case)}
        for limit in cell.limits():
            item = worst[limit.metric]
            if not isinstance(item.outcome, Estimate):
                continue
            verdict = decide_on(item, item.outcome, limit).verdict
            if verdict is Verdict.PASS:
                found.passes[key_of(limit)] += share
            elif verdict is Verdict.FAIL:
                found.fails[key_of(limit)] += share


def _missed_rates(
    metric: Measured, sets: _Sets, rates: Floats, alike: Places, level: float
) -> float:
    ends = metric.bounds(level)
    missed = (
        sets.weight @ side
        for side in (ends.low[sets.places] > rates, ends.high[sets.places] < rates)
    )
    return max(_by_kind(side, alike) for side in missed)


def _by_kind(shares: Floats, kinds: Places) -> float:
    """Return the largest mean share of any kind."""
    _, kind = np.unique(kinds, return_inverse=True)
    return float((np.bincount(kind, weights=shares) / np.bincount(kind)).max())


class _Misses:
    """Misses of the own intervals of pairs: gap low, gap high, ratio low, ratio high."""

    def __init__(self, rates: Floats, alike: Places) -> None:
        self.left, self.right = np.triu_indices(len(rates), k=1)
        self.rates = rates
        self.kinds = alike[self.left] * len(rates) + alike[self.right]
        self.same = alike[self.left] == alike[self.right]
        self.shares = np.zeros((4, len(self.left)))

    def add(self, pairs: Pairs, places: Places, weight: Floats) -> float:
        """Count the misses of some data sets; return the share of those with a joint miss."""
        shape = (len(weight), len(self.left))
        turned = (pairs.high != places[:, self.left].ravel()).reshape(shape)
        high = np.where(turned, self.rates[self.right], self.rates[self.left])
        low = np.where(turned, self.rates[self.left], self.rates[self.right])
        outer = _outside(pairs.simultaneous, (high - low).ravel(), shape)
        self._count(_outside(pairs.own, (high - low).ravel(), shape), turned, weight, 0)
        if pairs.ratios is not None:
            known = pairs.ratios.defined.reshape(shape)
            above, below = _outside(pairs.ratios.own, (low / high).ravel(), shape)
            self._count((above & known, below & known), turned, weight, 2)
        return float(weight @ (outer[0] | outer[1]).any(axis=1))

    def _count(
        self, missed: tuple[Flags, Flags], turned: Flags, weight: Floats, place: int
    ) -> None:
        """Read each pair in one direction, whichever group had the higher rate."""
        above, below = missed
        self.shares[place] += weight @ np.where(turned, below, above)
        self.shares[place + 1] += weight @ np.where(turned, above, below)

    def worst(self, low: int, high: int) -> float:
        """Return the larger share of both ends that any kind of pair has.

        Of two groups alike either may be the first: each end has half of the misses of both.
        """
        mean = (self.shares[low] + self.shares[high]) / 2.0
        ends = (np.where(self.same, mean, self.shares[place]) for place in (low, high))
        return max(_by_kind(end, self.kinds) for end in ends)


def _outside(bounds: Bounds, truth: Floats, shape: tuple[int, int]) -> tuple[Flags, Flags]:
    return (bounds.low > truth).reshape(shape), (bounds.high < truth).reshape(shape)
