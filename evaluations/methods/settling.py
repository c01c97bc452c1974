"""The search for the fewest rows that settle a comparison of groups.

The variance of a pair is a sum v₁/n₁ + v₂/n₂. At a given variance the rows cost least where each n
is in proportion to √(v / cost) (Neyman 1934), unless the group has more already. So the groups of a
pair grow along that line until the exact bounds of the verdict settle it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.intervals import Bounds, Floats, newcombe, score_ratio, sidak_level
from evaluations.methods.planner import HARDLY_TIMES, Comparison, Seen

type Bools = NDArray[np.bool_]
type Places = NDArray[np.intp]

_STEPS = 40
_TRIMS = 14


@dataclass(frozen=True, slots=True)
class Extra:
    """More rows of a group: in the denominator, and among so many rows of the group."""

    rows: int
    among: int


@dataclass(frozen=True, slots=True)
class _Groups:
    """Rates, present denominators, design effects, cost of a row of the denominator, weights."""

    rates: Floats
    n: Floats
    effects: Floats
    costs: Floats
    weights: Floats


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Places of the groups with the higher and the lower rate."""

    high: Places
    low: Places

    def at(self, chosen: Bools) -> _Pairs:
        return _Pairs(self.high[chosen], self.low[chosen])


@dataclass(frozen=True, slots=True)
class _Limit:
    comparison: Comparison
    threshold: float


def settle(
    seen: Sequence[Seen], comparison: Comparison, threshold: float, level: float
) -> dict[int, Extra]:
    """Return by place in `seen` the fewest rows that settle it; empty where none would."""
    groups, limit = _groups(seen, comparison), _Limit(comparison, threshold)
    pairs = _pairs(groups)
    if comparison == "ratio":
        pairs = pairs.at(groups.rates[pairs.high] > 0.0)
    if not len(pairs.high):
        return {}
    beyond = _beyond(groups, pairs, limit)
    if beyond.any():
        adjusted = sidak_level(level, len(pairs.high))
        return _cheapest_failure(groups, pairs.at(beyond), limit, adjusted)
    still_open = ~_passes(groups, pairs, limit, level, groups.n[pairs.high], groups.n[pairs.low])
    return _joint_pass(groups, pairs.at(still_open), limit, level) if still_open.any() else {}


def _groups(seen: Sequence[Seen], comparison: Comparison) -> _Groups:
    rates = np.array([item.rate for item in seen])
    n = np.array([float(item.n) for item in seen])
    effects = np.array([item.effect for item in seen])
    costs = 1.0 / np.array([item.share for item in seen])
    # A rate of 0 or 1 has variance all the same: half a row is added to either side.
    near = (rates * n + 0.5) / (n + 1.0)
    spread = near * (1.0 - near) if comparison == "difference" else (1.0 - near) / near
    return _Groups(rates, n, effects, costs, np.sqrt(spread * effects / costs))


def _pairs(groups: _Groups) -> _Pairs:
    left, right = np.triu_indices(len(groups.rates), k=1)
    swap = groups.rates[left] < groups.rates[right]
    return _Pairs(np.where(swap, right, left), np.where(swap, left, right))


def _beyond(groups: _Groups, pairs: _Pairs, limit: _Limit) -> Bools:
    """Return of which pairs the rates as they are lie beyond the threshold."""
    top, bottom = groups.rates[pairs.high], groups.rates[pairs.low]
    if limit.comparison == "difference":
        return np.asarray(top - bottom > limit.threshold)
    return np.asarray(bottom / top < limit.threshold)


def _bounds(
    groups: _Groups, pairs: _Pairs, limit: _Limit, level: float, sizes: tuple[Floats, Floats]
) -> Bounds:
    top, bottom = groups.rates[pairs.high], groups.rates[pairs.low]
    one, two = sizes[0] / groups.effects[pairs.high], sizes[1] / groups.effects[pairs.low]
    if limit.comparison == "difference":
        return newcombe(top * one, one, bottom * two, two, level)
    return score_ratio(bottom * two, two, top * one, one, level)


def _passes(groups: _Groups, pairs: _Pairs, limit: _Limit, level: float, *sizes: Floats) -> Bools:
    found = _bounds(groups, pairs, limit, level, (sizes[0], sizes[1]))
    if limit.comparison == "difference":
        return np.asarray(np.maximum(found.high, -found.low) <= limit.threshold)
    return np.asarray(np.minimum(found.low, 1.0 / found.high) >= limit.threshold)


def _fails(groups: _Groups, pairs: _Pairs, limit: _Limit, level: float, *sizes: Floats) -> Bools:
    found = _bounds(groups, pairs, limit, level, (sizes[0], sizes[1]))
    if limit.comparison == "difference":
        return np.asarray(found.low > limit.threshold)
    return np.asarray(found.high < limit.threshold)


def _cheapest_failure(
    groups: _Groups, pairs: _Pairs, limit: _Limit, level: float
) -> dict[int, Extra]:
    """Return the rows of the one pair that shows the failure for the fewest; all at once."""

    def sizes(step: Floats) -> tuple[Floats, Floats]:
        return (
            np.maximum(groups.n[pairs.high], step * groups.weights[pairs.high]),
            np.maximum(groups.n[pairs.low], step * groups.weights[pairs.low]),
        )

    present = _cost(groups, pairs, groups.n[pairs.high], groups.n[pairs.low])
    of_step = _cost(groups, pairs, groups.weights[pairs.high], groups.weights[pairs.low])
    most = (1 + HARDLY_TIMES) * present / of_step
    step = _least(
        lambda at: _fails(groups, pairs, limit, level, *sizes(at)),
        np.zeros_like(most),
        most,
        _STEPS,
    )
    high, low = sizes(step)
    total = _cost(groups, pairs, high, low) - present
    usable = _fails(groups, pairs, limit, level, high, low) & (total <= HARDLY_TIMES * present)
    if not usable.any():
        return {}
    at = int(np.argmin(np.where(usable, total, np.inf)))
    grown = groups.n.copy()
    grown[pairs.high[at]], grown[pairs.low[at]] = high[at], low[at]
    return _extra(groups, grown)


def _cost(groups: _Groups, pairs: _Pairs, high: Floats, low: Floats) -> Floats:
    return np.asarray(high * groups.costs[pairs.high] + low * groups.costs[pairs.low])


def _joint_pass(groups: _Groups, pairs: _Pairs, limit: _Limit, level: float) -> dict[int, Extra]:
    """Return the rows of all groups of the open pairs that bring every one of them within."""
    growing = np.zeros(len(groups.n), dtype=bool)
    growing[pairs.high] = growing[pairs.low] = True

    def within(size: Floats, chosen: _Pairs) -> bool:
        ends = size[chosen.high], size[chosen.low]
        return bool(_passes(groups, chosen, limit, level, *ends).all())

    def sizes(step: float) -> Floats:
        return np.where(growing, np.maximum(groups.n, step * groups.weights), groups.n)

    present = float((groups.n * groups.costs)[growing].sum())
    most = (1 + HARDLY_TIMES) * present / float((groups.weights * groups.costs)[growing].sum())
    if not within(sizes(most), pairs):
        return {}
    step = _least(
        lambda at: np.array([within(sizes(float(at[0])), pairs)]),
        np.zeros(1),
        np.array([most]),
        _STEPS,
    )
    grown = _trimmed(groups, pairs, sizes(float(step[0])), within)
    over = float(((grown - groups.n) * groups.costs).sum())
    return {} if over > HARDLY_TIMES * present else _extra(groups, grown)


def _trimmed(
    groups: _Groups, pairs: _Pairs, sizes: Floats, within: Callable[[Floats, _Pairs], bool]
) -> Floats:
    """Cut back the groups that grew for the sake of pairs that they are no part of."""
    kept = sizes.copy()
    for place in np.argsort(groups.n - kept, kind="stable"):
        if kept[place] <= groups.n[place]:
            continue
        own = pairs.at((pairs.high == place) | (pairs.low == place))

        def settled(size: Floats, place: int = int(place), own: _Pairs = own) -> Bools:
            tried = kept.copy()
            tried[place] = size[0]
            return np.array([within(tried, own)])

        least, now = groups.n[place : place + 1], kept[place : place + 1].copy()
        kept[place] = _least(settled, least, now, _TRIMS)[0]
    return kept


def _least(settled: Callable[[Floats], Bools], low: Floats, high: Floats, steps: int) -> Floats:
    """Return about the least numbers, from low to high, that settle it; high where none does."""
    done = settled(low)
    start, end = low, np.where(done, low, high)
    for _ in range(steps):
        middle = (start + end) / 2.0
        enough = settled(middle)
        start, end = np.where(enough, start, middle), np.where(enough, middle, end)
    return np.asarray(end)


def _extra(groups: _Groups, grown: Floats) -> dict[int, Extra]:
    found = {}
    for place, size in enumerate(grown):
        more = math.ceil(float(size - groups.n[place]) - 1e-6)
        if more > 0:
            among = math.ceil(more * float(groups.costs[place]) - 1e-6)
            found[place] = Extra(rows=more, among=among)
    return found
