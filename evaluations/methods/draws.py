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
from scipy.special import bdtr, ndtr, ndtri

from evaluations.methods.intervals import Bounds, Floats, exact, quantile

_SIDE = 96
_MANY = 1536
_FEW = 384
_DISCRETE = 100.0
"""Up to this variance counts are whole numbers; above, a normal with its skew corrected."""
_WIDTH = 10.0
"""Standard deviations that a table of a binomial reaches to both sides."""
_NODES = 40
"""So many different counts have their own ends; between more of them ends are interpolated."""
_SHARES = np.cos(np.linspace(0.0, math.pi / 2.0, 5))[:, None]
"""Of z, in five splits of z² between two groups."""
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

    rate: successes / rows. low, high: its intervals, shape (splits, groups, points).
    """

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
    _kept_ends: dict[tuple[int, int, float, float], Bounds] = field(
        init=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Take the points once."""
        self.at = points(self.groups, seed=self.seed, coarse=self.coarse)
        self.z = np.asarray(ndtri(self.at))

    def sample(self, sizes: tuple[int, ...], rates: tuple[float, ...], level: float) -> Sample:
        """Return every group at these sizes and true rates, with intervals at the level."""
        order = sorted(range(self.groups), key=lambda place: sizes[place])
        x = [self._counts(place, sizes[place], rates[place]) for place in order]
        n = [float(sizes[place]) for place in order]
        ends = [self._ends(place, sizes[place], rates[place], level) for place in order]
        return Sample(
            rate=np.stack([one / rows for one, rows in zip(x, n, strict=True)]),
            low=np.stack([end.low for end in ends], axis=1),
            high=np.stack([end.high for end in ends], axis=1),
        )

    def _counts(self, place: int, n: int, rate: float) -> Floats:
        key = (place, n, rate)
        if key not in self._kept:
            self._kept[key] = counts_at(self.at[place], self.z[place], n, rate)
        return self._kept[key]

    def _ends(self, place: int, n: int, rate: float, level: float) -> Bounds:
        key = (place, n, rate, level)
        if key not in self._kept_ends:
            x = self._counts(place, n, rate)
            nodes = np.unique(x)
            if len(nodes) > _NODES:
                nodes = np.linspace(nodes[0], nodes[-1], _NODES)
            ends = exact(nodes, n, 1.0 - 2.0 * ndtr(-quantile(level) * _SHARES))
            self._kept_ends[key] = Bounds(
                np.stack([np.interp(x, nodes, row) for row in ends.low]),
                np.stack([np.interp(x, nodes, row) for row in ends.high]),
            )
        return self._kept_ends[key]


def widest(sample: Sample, *, inner: bool, times: float = 1.0) -> Floats:
    """Return at each point the largest bound of times × rate₁ − rate₂ over ordered pairs.

    Outer (upper) or inner (lower) bounds. times 1: a gap, to be compared with its limit. times r:
    compared with 0, since a ratio rate₂ / rate₁ has its lower bound at r or above exactly if the
    outer bound is at most 0, its upper bound under r exactly if the inner one is above 0.

    A bound is that of square-and-add or of the furthest of five splits (`pairs.ladder`), whichever
    is further: together they are as good as sixteen splits. Groups come in the order of their size.
    Each of a few classes of like size gives the group that is most likely the first of the pair, and
    one for the second; with no more groups than classes every pair is tried.
    """
    up, down = sample.high[0] - sample.rate, sample.rate - sample.low[0]
    sign, first, second = (-1.0, down, up) if inner else (1.0, up, down)
    value, first, half = times * sample.rate, times * first, sign * math.sqrt(0.5)
    far, near = (sample.low, sample.high) if inner else (sample.high, sample.low)
    places = np.arange(value.shape[1])
    best = np.full(len(places), -np.inf)
    bottoms = [
        (two, sample.rate[two, places], second[two, places] ** 2, near[::-1, two, places])
        for two in _candidates(half * second - sample.rate)
    ]
    for one in _candidates(value + half * first):
        top, reach, ends = value[one, places], first[one, places] ** 2, times * far[:, one, places]
        for two, bottom, other, start in bottoms:
            added = top - bottom + sign * np.sqrt(reach + other)
            split = ends - start
            if inner:
                found = np.minimum(added, split.min(axis=0))
            else:
                found = np.maximum(added, split.max(axis=0))
            found[one == two] = -np.inf
            best = np.maximum(best, found)
    return best


def _candidates(score: Floats) -> list[NDArray[np.int64]]:
    """Return, for each class of neighbours, the place with the highest score at each point."""
    ends = np.linspace(0, len(score), min(len(score), _CLASSES) + 1).astype(int)
    return [low + score[low:high].argmax(axis=0) for low, high in pairwise(ends)]
