"""Confidence intervals of rates, of their differences and of their ratios, over whole arrays.

All functions take and return float arrays that broadcast together; `level` is the two-sided
confidence in (0, 1). Denominators must be positive: whoever calls has checked them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

type Floats = NDArray[np.float64]

_STEPS = 54
"""Halvings of the search for a ratio's bound: from 80 on the log scale down to 5e-15."""
_REACH = 40.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lower and upper ends of intervals."""

    low: Floats
    high: Floats


def quantile(level: ArrayLike) -> Floats:
    """Return the normal quantile z of a two-sided interval: 0.95 → 1.95996."""
    return np.asarray(ndtri(0.5 + np.asarray(level, dtype=float) / 2.0), dtype=float)


def sidak_level(level: float, pairs: int) -> float:
    """Return the level for each of `pairs` intervals such that all hold at once with `level`.

    Šidák (1967): level^(1/pairs). With one pair the level itself.
    """
    return float(level ** (1.0 / max(pairs, 1)))


def wilson(successes: ArrayLike, n: ArrayLike, level: ArrayLike) -> Bounds:
    """Return the score interval of one proportion; within [0, 1] also at 0 and at n successes.

    Wilson (1927); centre (x + z²/2) / (n + z²), half-width z √(x(n−x)/n + z²/4) / (n + z²).
    Successes and n may be fractional: an effective size.
    """
    x = np.asarray(successes, dtype=float)
    size = np.asarray(n, dtype=float)
    z = quantile(level)
    centre = (x + z * z / 2.0) / (size + z * z)
    half = z * np.sqrt(np.maximum(x * (size - x) / size, 0.0) + z * z / 4.0) / (size + z * z)
    low = np.where(x <= 0.0, 0.0, np.maximum(centre - half, 0.0))
    high = np.where(x >= size, 1.0, np.minimum(centre + half, 1.0))
    return Bounds(np.asarray(low), np.asarray(high))


def difference(first: ArrayLike, second: ArrayLike, one: Bounds, two: Bounds) -> Bounds:
    """Return the interval of first − second from the intervals of each (square-and-add).

    Newcombe (1998), method 10, when `one` and `two` are Wilson's; in general the method of
    variance estimates recovery (Zou and Donner 2008). Estimates must be independent.
    """
    a = np.asarray(first, dtype=float)
    b = np.asarray(second, dtype=float)
    low = (a - b) - np.hypot(a - one.low, two.high - b)
    high = (a - b) + np.hypot(one.high - a, b - two.low)
    return Bounds(np.asarray(low), np.asarray(high))


def newcombe(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float) -> Bounds:
    """Return Newcombe's interval of x1/n1 − x2/n2; within [−1, 1]."""
    first = np.asarray(x1, dtype=float) / np.asarray(n1, dtype=float)
    second = np.asarray(x2, dtype=float) / np.asarray(n2, dtype=float)
    return difference(first, second, wilson(x1, n1, level), wilson(x2, n2, level))


def score_ratio(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    level: ArrayLike,
    *,
    corrected: bool = True,
) -> Bounds:
    """Return the score interval of the ratio (x1/n1) / (x2/n2); x2 must be positive.

    Miettinen and Nurminen (1985): every ratio R at which the score statistic with the constrained
    estimates of both proportions, its variance times N/(N−1), is within ±z. Without the factor
    (`corrected=False`) it is Koopman's (1984). Lower bound 0 when x1 is 0; swapping the groups
    inverts the interval.
    """
    arrays = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (x1, n1, x2, n2)))
    z = np.broadcast_to(quantile(level), arrays[0].shape)
    pair = _Pair(*arrays, corrected=corrected)
    low = np.where(pair.x1 <= 0.0, 0.0, np.exp(pair.solve(z)))
    return Bounds(np.asarray(low), np.asarray(np.exp(pair.solve(-z))))


class _Pair:
    """Two proportions and the score statistic of their ratio, with one sorted search for bounds."""

    def __init__(self, x1: Floats, n1: Floats, x2: Floats, n2: Floats, *, corrected: bool) -> None:
        self.x1, self.x2 = x1, x2
        self.n1, self.n2 = n1, n2
        self.p1, self.p2 = x1 / n1, x2 / n2
        self.total = n1 + n2
        self.events = x1 + x2
        self.factor = self.total / (self.total - 1.0) if corrected else np.ones_like(x1)

    def excess(self, ratio: Floats, z2: Floats, sign: Floats) -> NDArray[np.bool_]:
        """Whether the statistic at `ratio` is still above its target: the bound lies higher."""
        b = self.n1 * ratio + self.x1 + self.n2 + self.x2 * ratio
        root = np.sqrt(np.maximum(b * b - 4.0 * self.total * ratio * self.events, 0.0))
        second = 2.0 * self.events / (b + root)
        first = np.minimum(ratio * second, 1.0)
        spread = first * (1.0 - first) / self.n1
        spread += ratio * ratio * second * np.maximum(1.0 - second, 0.0) / self.n2
        gap = self.p1 - ratio * self.p2
        signed = np.sign(gap) * gap * gap
        target = sign * z2 * spread * self.factor
        # Equal rates of 1 give 0/0 at a ratio of 1, which lies inside the interval: an upper bound
        # is looked for above it, a lower one below.
        return np.asarray((signed > target) | ((signed == target) & (sign < 0.0)))

    def solve(self, z: Floats) -> Floats:
        """Return the log of the ratio at which the statistic equals z; it falls as ratios rise."""
        low = np.full(self.x1.shape, -_REACH)
        width = 2.0 * _REACH
        z2, sign = z * z, np.sign(z)
        for _ in range(_STEPS):
            width /= 2.0
            higher = self.excess(np.exp(low + width), z2, sign)
            low = low + np.where(higher, width, 0.0)
        return low + width / 2.0
