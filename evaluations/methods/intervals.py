"""Confidence intervals of rates, of their differences and of their ratios, over whole arrays.

All functions take and return float arrays that broadcast together; `level` is the two-sided
confidence in (0, 1). Denominators must be positive: whoever calls has checked them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri

type Floats = NDArray[np.float64]

_TINY = 1e-200
"""An end that is next to 0 but not 0: a ratio to it stays finite."""


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


def exact(successes: ArrayLike, n: ArrayLike, level: ArrayLike) -> Bounds:
    """Return the exact interval of one proportion: neither end is missed more often than it says.

    Clopper and Pearson (1934): the rates at which so many successes or more, and so many or fewer,
    have the chance (1 − level) / 2; quantiles of Beta(x, n − x + 1) and Beta(x + 1, n − x).
    Successes and n may be fractional: an effective size (Korn and Graubard 1998).
    """
    tails = (1.0 - np.asarray(level)) / 2.0
    x, size, tail = np.broadcast_arrays(*(np.asarray(a, float) for a in (successes, n, tails)))
    none, every = x <= 0.0, x >= size
    hits, misses = np.where(none, 1.0, x), np.where(every, 1.0, size - x)
    low = np.where(none, 0.0, np.maximum(betaincinv(hits, size - hits + 1.0, tail), _TINY))
    high = np.where(every, 1.0, betaincinv(size - misses + 1.0, misses, 1.0 - tail))
    return Bounds(np.asarray(low), np.asarray(high))


def square_and_add(first: ArrayLike, second: ArrayLike, one: Bounds, two: Bounds) -> Bounds:
    """Return the interval of first − second from the intervals of each, in closed form.

    Newcombe (1998), method 10, when `one` and `two` are Wilson's; in general the method of
    variance estimates recovery (Zou and Donner 2008). Estimates must be independent. Where a rate is
    rare its far end is missed more often than it says: comparisons of groups are in `pairs`.
    """
    a = np.asarray(first, dtype=float)
    b = np.asarray(second, dtype=float)
    low = (a - b) - np.hypot(a - one.low, two.high - b)
    high = (a - b) + np.hypot(one.high - a, b - two.low)
    return Bounds(np.asarray(low), np.asarray(high))
