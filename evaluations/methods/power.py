"""Before a run: how likely a check would pass or fail, and how many rows a fair chance takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import bdtr, bdtrc

from evaluations.methods.draws import Draws, widest
from evaluations.methods.intervals import exact, sidak_level
from evaluations.methods.planner import MOST_TIMES, Comparison, More, tidy

ENOUGH = 0.8
"""The chance to pass at parity that a plan should have."""
SEED = 20_260_801
_STEPS = 10
"""Halvings of a search over a factor of 1,000: to within 1 %, as finely as rows are told."""


@dataclass(frozen=True, slots=True)
class Size:
    """A group before the run: its denominator, and the share of its rows that this counts."""

    group: str
    n: int
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstPair:
    """A limit on the worst difference (at most) or worst ratio (at least) of a rate.

    rate: that every group has at parity, in [0, 1]. level: two-sided, of the run's intervals.
    Sizes are at least two, each of at least one row.
    """

    sizes: tuple[Size, ...]
    rate: float
    comparison: Comparison
    threshold: float
    level: float
    seed: int = SEED

    def __post_init__(self) -> None:
        """Refuse what no chance can be computed for."""
        if len(self.sizes) < 2 or any(size.n < 1 for size in self.sizes):
            message = "A comparison needs two groups with rows."
            raise ValueError(message)
        if not 0.0 <= self.rate <= 1.0 or not math.isfinite(self.threshold):
            message = "A comparison needs a rate in [0, 1] and a finite threshold."
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRate:
    """A limit on a single rate of `n` rows. share: part of all rows that n counts."""

    n: int
    direction: Literal["at_most", "at_least"]
    threshold: float
    level: float
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What a check can show.

    good: the chance to pass if the truth is `good_value`. bad: the chance to fail if it is
    `bad_value`; None where no such truth exists. more: rows that give `good` 80 %, () if it has
    that or no reasonable number gives it; attainable tells these apart. Chances in [0, 1]: 0 if
    the rows can never show it, 1 if they always do.
    """

    good: float
    good_value: float
    bad: float | None
    bad_value: float | None
    more: tuple[More, ...]
    attainable: bool


def power_of_pair(question: WorstPair) -> Power:
    """Return the power of a worst-pair check.

    good: every group truly at `rate`, so that the worst gap is 0 (ratio 1). bad: the smallest
    group alone at twice the limit from all others (the square of the limit for a ratio, which is
    twice on its logarithmic scale). Pass and fail are those of `verdicts.decide`: every pair's own
    bound within, or some pair's simultaneous bound beyond.
    """
    sizes = tuple(size.n for size in question.sizes)
    draws = Draws(len(sizes), question.seed)
    good = _pass_chance(question, draws, sizes)
    bad_value, rates = _doubled(question)
    bad = None if rates is None else _fail_chance(question, draws, rates)
    grown = sizes if good >= ENOUGH else _grown(question)
    more = () if grown is None else _more(question.sizes, grown)
    return Power(
        good=good,
        good_value=0.0 if question.comparison == "difference" else 1.0,
        bad=bad,
        bad_value=bad_value,
        more=more,
        attainable=grown is not None,
    )


def _pass_chance(question: WorstPair, draws: Draws, sizes: tuple[int, ...]) -> float:
    sample = draws.sample(sizes, (question.rate,) * len(sizes), question.level)
    if question.comparison == "difference":
        return float(np.mean(widest(sample, inner=False) <= question.threshold))
    if question.threshold <= 0.0:
        return 1.0
    return float(np.mean(widest(sample, times=question.threshold, inner=False) <= 0.0))


def _fail_chance(question: WorstPair, draws: Draws, rates: tuple[float, ...]) -> float:
    sizes = tuple(size.n for size in question.sizes)
    level = sidak_level(question.level, math.comb(len(sizes), 2))
    sample = draws.sample(sizes, rates, level)
    if question.comparison == "difference":
        return float(np.mean(widest(sample, inner=True) > question.threshold))
    return float(np.mean(widest(sample, times=question.threshold, inner=True) > 0.0))


def _doubled(question: WorstPair) -> tuple[float | None, tuple[float, ...] | None]:
    """Return twice the limit, and the rates at which the smallest group alone is so far off."""
    rate, limit = question.rate, question.threshold
    if question.comparison == "ratio":
        value, other = limit * limit, rate * limit * limit
        if not 0.0 < limit < 1.0 or rate <= 0.0:
            return None, None
    else:
        value = 2.0 * limit
        other = rate - value if rate >= value else rate + value
        if limit <= 0.0 or other > 1.0:
            return None, None
    smallest = _smallest(question.sizes)
    return value, tuple(
        other if place == smallest else rate for place in range(len(question.sizes))
    )


def _smallest(sizes: Sequence[Size]) -> int:
    return min(range(len(sizes)), key=lambda place: (sizes[place].n, sizes[place].group))


def _grown(question: WorstPair) -> tuple[int, ...] | None:
    """Return denominators that give a chance of 80 %; None if no reasonable ones do.

    Tried in turn: the smallest group alone, all small groups up to one size, everything in
    proportion. Of the first two the one that takes fewer rows is taken.
    """
    now = tuple(size.n for size in question.sizes)
    draws = Draws(len(now), question.seed, coarse=True)

    def enough(sizes: tuple[int, ...]) -> bool:
        return _pass_chance(question, draws, sizes) >= ENOUGH

    place, ordered = _smallest(question.sizes), sorted(now)

    def alone(size: float) -> tuple[int, ...]:
        return tuple(round(size) if at == place else n for at, n in enumerate(now))

    def raised(size: float) -> tuple[int, ...]:
        return tuple(max(n, round(size)) for n in now)

    def scaled(times: float) -> tuple[int, ...]:
        return tuple(round(n * times) for n in now)

    found = [
        _search(alone, enough, ordered[0], ordered[0] * MOST_TIMES),
        _search(raised, enough, ordered[0], ordered[-1]),
    ]
    usable = [sizes for sizes in found if sizes is not None]
    if usable:
        return min(usable, key=lambda sizes: _rows(question.sizes, sizes))
    return _search(scaled, enough, 1.0, float(MOST_TIMES))


def _rows(before: Sequence[Size], after: tuple[int, ...]) -> float:
    return sum((n - size.n) / size.share for size, n in zip(before, after, strict=True))


def _search(
    grown: Callable[[float], tuple[int, ...]],
    enough: Callable[[tuple[int, ...]], bool],
    low: float,
    high: float,
) -> tuple[int, ...] | None:
    if not enough(grown(high)):
        return None
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        if enough(grown(middle)):
            high = middle
        else:
            low = middle
    return grown(high)


def _more(before: Sequence[Size], after: tuple[int, ...]) -> tuple[More, ...]:
    """Return whole rows: more of them than of the denominator, which counts a share."""
    return tuple(
        More(size.group, tidy(math.ceil((n - size.n) / size.share)))
        for size, n in zip(before, after, strict=True)
        if n > size.n
    )


def power_of_rate(question: OneRate) -> Power:
    """Return the power of a check of one rate, exactly: a sum of binomial terms.

    good: the truth misses the ideal (1 for at least, 0 for at most) by half of what the limit
    allows: 0.9 for "at least 0.8", 0.05 for "at most 0.1". bad: by twice as much, 0.6 and 0.2.
    """
    allowed = question.threshold
    if question.direction == "at_least":
        allowed = 1.0 - question.threshold
    if question.n < 1 or not 0.0 <= allowed <= 1.0:
        message = "A rate needs rows and a limit in [0, 1]."
        raise ValueError(message)
    good_miss, bad_miss = allowed / 2.0, 2.0 * allowed
    good = _misses_pass(question.n, good_miss, allowed, question.level)
    n = question.n
    grown = n if good >= ENOUGH else _rows_of_rate(question, good_miss, allowed)
    more: tuple[More, ...] = ()
    if grown is not None and grown > n:
        more = (More("", tidy(math.ceil((grown - n) / question.share))),)
    bad = None
    if 0.0 < bad_miss <= 1.0:
        bad = _misses_fail(n, bad_miss, allowed, question.level)
    return Power(
        good=good,
        good_value=_turned(good_miss, question),
        bad=bad,
        bad_value=None if bad is None else _turned(bad_miss, question),
        more=more,
        attainable=grown is not None,
    )


def _turned(miss: float, question: OneRate) -> float:
    return 1.0 - miss if question.direction == "at_least" else miss


def _rows_of_rate(question: OneRate, miss: float, allowed: float) -> int | None:
    def enough(sizes: tuple[int, ...]) -> bool:
        return _misses_pass(sizes[0], miss, allowed, question.level) >= ENOUGH

    now = question.n
    found = _search(lambda size: (round(size),), enough, now, now * MOST_TIMES)
    return None if found is None else found[0]


def _misses_pass(n: int, miss: float, allowed: float, level: float) -> float:
    """Chance that so few of n rows miss that the upper bound of the share is within."""
    most = _last(n, lambda x: float(exact(x, n, level).high) <= allowed)
    return float(bdtr(most, n, miss)) if most >= 0 else 0.0


def _misses_fail(n: int, miss: float, allowed: float, level: float) -> float:
    """Chance that so many of n rows miss that the lower bound of the share is beyond."""
    most = _last(n, lambda x: float(exact(x, n, level).low) <= allowed)
    return float(bdtrc(most, n, miss)) if most < n else 0.0


def _last(n: int, holds: Callable[[int], bool]) -> int:
    """Return the last count from 0 to n for which it holds, −1 if none; it holds up to there."""
    low, high = -1, n
    if holds(n):
        return n
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low
