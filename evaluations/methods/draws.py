"""Numerators that a test of groups may see, at fixed points of their distribution.

A chance over k groups is an integral over k independent binomial numbers. It is taken over points
in probability space: the middles of equal slices for one group, their grid for two, and a Latin
hypercube (McKay, Beckman and Conover 1979) for more. The same points serve every question, so that
two answers differ by what was asked and not by luck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, ndtri

from evaluations.methods.intervals import Floats, score_of_ratio, wilson

_SIDE = 96
_MANY = 1536
_FEW = 384
_DISCRETE = 100.0
"""Up to this variance counts are whole numbers; above, a normal with its skew corrected."""
_WIDTH = 10.0
"""Standard deviations that a table of a binomial reaches to both sides."""
_CLASSES = 8
"""So many classes of like size give a candidate each for the widest pair."""


def points(groups: int, *, seed: int, coarse: bool = False) -> Floats:
    """Return points of equal weight in (0, 1), shape (groups, points).

    coarse: fewer of them, for a search among sizes. The seed matters from three groups on.
    """
    if groups == 2:
        side = _SIDE // 3 if coarse else _SIDE
        middles = (np.arange(side) + 0.5) / side
        return np.stack([np.repeat(middles, side), np.tile(middles, side)])
    rng = np.random.default_rng([seed, groups])
    many = _FEW if coarse else _MANY
    slices = np.stack([rng.permutation(many) for _ in range(groups)])
    return np.asarray((slices + rng.random((groups, many))) / many)


def counts_at(at: Floats, z: Floats, n: int, rate: float) -> Floats:
    """Return the binomial numbers of successes at these points; z: their normal quantiles.

    Exact up to a variance of 100; above by Cornish and Fisher (1938), cut to 0 to n.
    """
    mean, variance = n * rate, n * rate * (1.0 - rate)
    if variance > _DISCRETE:
        skewed = mean + math.sqrt(variance) * z + (1.0 - 2.0 * rate) * (z * z - 1.0) / 6.0
        return np.asarray(np.clip(skewed, 0.0, n))
    reach = _WIDTH * math.sqrt(variance) + _WIDTH
    low, high = max(0, int(mean - reach)), min(n, int(mean + reach) + 1)
    values = np.arange(low, high + 1, dtype=float)
    below = np.asarray(bdtr(values, n, rate))
    return values[np.minimum(np.searchsorted(below, at), len(values) - 1)]


@dataclass(frozen=True, slots=True)
class Sample:
    """Groups at all points, in the order of their size: arrays of shape (groups, points).

    n: shape (groups, 1). rate: x / n; low, high: its Wilson interval.
    """

    x: Floats
    n: Floats
    rate: Floats
    low: Floats
    high: Floats


@dataclass(slots=True)
class Draws:
    """Groups at the same points, whose numerators are kept while sizes are searched for."""

    groups: int
    seed: int
    coarse: bool = False
    at: Floats = field(init=False)
    z: Floats = field(init=False)
    _kept: dict[tuple[int, int, float], Floats] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Take the points once."""
        self.at = points(self.groups, seed=self.seed, coarse=self.coarse)
        self.z = np.asarray(ndtri(self.at))

    def sample(self, sizes: tuple[int, ...], rates: tuple[float, ...], level: float) -> Sample:
        """Return every group at these sizes and true rates, with intervals at the level."""
        order = sorted(range(self.groups), key=lambda place: sizes[place])
        x = np.stack([self._counts(place, sizes[place], rates[place]) for place in order])
        n = np.array([float(sizes[place]) for place in order])[:, None]
        ends = wilson(x, n, level)
        return Sample(x, n, x / n, ends.low, ends.high)

    def _counts(self, place: int, n: int, rate: float) -> Floats:
        key = (place, n, rate)
        if key not in self._kept:
            self._kept[key] = counts_at(self.at[place], self.z[place], n, rate)
        return self._kept[key]


def widest_gap(sample: Sample, *, inner: bool) -> Floats:
    """Return at each point the largest bound of any gap: outer (upper) or inner (lower) ends.

    Newcombe's ends, as in `intervals.difference`: outer rate₁ − rate₂ + √(up₁² + down₂²), inner
    rate₁ − rate₂ − √(down₁² + up₂²), over ordered pairs.
    """
    up, down = sample.high - sample.rate, sample.rate - sample.low
    sign, first, second = (-1.0, down, up) if inner else (1.0, up, down)
    return _widest(sample.rate, first, second, sign)[0]


def ratios_meet(sample: Sample, ratio: float, z: float, *, inner: bool) -> NDArray[np.bool_]:
    """Return at each point whether bounds of the ratios meet a limit.

    Not inner: the lower bound of every ratio is at least `ratio`. Inner: the upper bound of some
    ratio is under it. The pair that matters is found on the logarithmic scale (Walter 1975) and
    judged by the score statistic itself: a bound lies beyond a ratio exactly if the statistic
    there lies beyond ±z.
    """
    x, n = sample.x, np.broadcast_to(sample.n, sample.x.shape)
    rate = np.log((x + 0.5) / (n + 0.5))
    spread = z * np.sqrt(np.maximum(1.0 / (x + 0.5) - 1.0 / (n + 0.5), 0.0))
    _, top, bottom = _widest(rate, spread, spread, -1.0 if inner else 1.0)
    at = np.arange(x.shape[1])
    statistic = score_of_ratio(x[bottom, at], n[bottom, at], x[top, at], n[top, at], ratio)
    return np.asarray(statistic < -z if inner else statistic >= z)


def _widest(
    value: Floats, first: Floats, second: Floats, sign: float
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Return the largest value₁ − value₂ + sign √(first₁² + second₂²), and which pair has it.

    Groups come in the order of their size. Each of a few classes of like size gives the group that
    is most likely the first of the pair, and one for the second; with no more groups than classes
    every pair is tried.
    """
    half = sign * math.sqrt(0.5)
    tops = _candidates(value + half * first)
    bottoms = _candidates(half * second - value)
    at = np.arange(value.shape[1])
    best = np.full(len(at), -np.inf)
    top, bottom = tops[0], bottoms[0]
    for one in tops:
        for two in bottoms:
            found = value[one, at] - value[two, at]
            found += sign * np.sqrt(first[one, at] ** 2 + second[two, at] ** 2)
            found[one == two] = -np.inf
            more = found > best
            best = np.where(more, found, best)
            top, bottom = np.where(more, one, top), np.where(more, two, bottom)
    return best, top, bottom


def _candidates(score: Floats) -> list[NDArray[np.int64]]:
    """Return, for each class of neighbours, the place with the highest score at each point."""
    ends = np.linspace(0, len(score), min(len(score), _CLASSES) + 1).astype(int)
    return [low + score[low:high].argmax(axis=0) for low, high in pairwise(ends)]
