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

from evaluations.methods.intervals import Bounds, Floats, exact, sidak_level
from evaluations.methods.pairs import Ladder, at, difference, ladder, ratio
from evaluations.methods.planner import HARDLY_TIMES, Comparison, Seen

type Bools = NDArray[np.bool_]
type Places = NDArray[np.intp]

_STEPS = 24
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
    rungs = _rungs(groups, np.arange(len(groups.n)), groups.n, level)
    still_open = ~_passes(limit, at(rungs, pairs.high), at(rungs, pairs.low))
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


def _rungs(groups: _Groups, places: Places, sizes: Floats, level: float) -> Ladder:
    """Return the intervals of the groups at these places, if their rates are those of so many."""
    worth, rates = sizes / groups.effects[places], groups.rates[places]
    return ladder(lambda share: exact(rates * worth, worth, share), level)


def _passes(limit: _Limit, high: Ladder, low: Ladder) -> Bools:
    if limit.comparison == "difference":
        found = difference(high, low)
        return np.asarray(np.maximum(found.high, -found.low) <= limit.threshold)
    found = ratio(low, high)
    return np.asarray(np.minimum(found.low, 1.0 / found.high) >= limit.threshold)


def _fails(limit: _Limit, high: Ladder, low: Ladder) -> Bools:
    if limit.comparison == "difference":
        return np.asarray(difference(high, low).low > limit.threshold)
    return np.asarray(ratio(low, high).high < limit.threshold)


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

    def settled(step: Floats) -> Bools:
        high, low = sizes(step)
        return _fails(
            limit,
            _rungs(groups, pairs.high, high, level),
            _rungs(groups, pairs.low, low, level),
        )

    step = _least(settled, np.zeros_like(most), most, _STEPS)
    high, low = sizes(step)
    total = _cost(groups, pairs, high, low) - present
    usable = settled(step) & (total <= HARDLY_TIMES * present)
    if not usable.any():
        return {}
    best = int(np.argmin(np.where(usable, total, np.inf)))
    grown = groups.n.copy()
    grown[pairs.high[best]], grown[pairs.low[best]] = high[best], low[best]
    return _extra(groups, grown)


def _cost(groups: _Groups, pairs: _Pairs, high: Floats, low: Floats) -> Floats:
    return np.asarray(high * groups.costs[pairs.high] + low * groups.costs[pairs.low])


def _joint_pass(groups: _Groups, pairs: _Pairs, limit: _Limit, level: float) -> dict[int, Extra]:
    """Return the rows of all groups of the open pairs that bring every one of them within."""
    growing = np.zeros(len(groups.n), dtype=bool)
    growing[pairs.high] = growing[pairs.low] = True
    everywhere = np.arange(len(groups.n))

    def sizes(step: float) -> Floats:
        return np.where(growing, np.maximum(groups.n, step * groups.weights), groups.n)

    def settled(step: Floats) -> Bools:
        rungs = _rungs(groups, everywhere, sizes(float(step[0])), level)
        return _all_pass(limit, pairs, rungs)

    present = float((groups.n * groups.costs)[growing].sum())
    most = (1 + HARDLY_TIMES) * present / float((groups.weights * groups.costs)[growing].sum())
    if not settled(np.array([most])).all():
        return {}
    step = _least(settled, np.zeros(1), np.array([most]), _STEPS)
    grown = _trimmed(groups, pairs, limit, level, sizes(float(step[0])))
    over = float(((grown - groups.n) * groups.costs).sum())
    return {} if over > HARDLY_TIMES * present else _extra(groups, grown)


def _all_pass(limit: _Limit, pairs: _Pairs, rungs: Ladder) -> Bools:
    return np.array([_passes(limit, at(rungs, pairs.high), at(rungs, pairs.low)).all()])


def _trimmed(groups: _Groups, pairs: _Pairs, limit: _Limit, level: float, sizes: Floats) -> Floats:
    """Cut back the groups that grew for the sake of pairs that they are no part of."""
    kept = sizes.copy()
    rungs = _rungs(groups, np.arange(len(kept)), kept, level)
    for place in np.argsort(groups.n - kept, kind="stable"):
        if kept[place] <= groups.n[place]:
            continue
        own = pairs.at((pairs.high == place) | (pairs.low == place))
        alone = np.array([place])

        def tried(size: Floats, alone: Places = alone, rungs: Ladder = rungs) -> Ladder:
            low, high = rungs.low.copy(), rungs.high.copy()
            found = _rungs(groups, alone, size, level)
            low[:, alone], high[:, alone] = found.low, found.high
            return Bounds(low, high)

        def settled(
            size: Floats, own: _Pairs = own, tried: Callable[[Floats], Ladder] = tried
        ) -> Bools:
            return _all_pass(limit, own, tried(size))

        kept[alone] = _least(settled, groups.n[alone], kept[alone], _TRIMS)
        rungs = tried(kept[alone])
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
