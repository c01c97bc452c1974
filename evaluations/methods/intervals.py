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

_STEPS = 60
_CLOSE = 1e-13
"""When the log of a ratio moves by less than this, the search ends."""
_TINY = 1e-300
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


def score_of_ratio(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, ratio: ArrayLike
) -> Floats:
    """Return Miettinen and Nurminen's score statistic of (x1/n1) / (x2/n2) at a positive ratio.

    It falls as the ratio rises: the lower bound of `score_ratio` is at least `ratio` exactly if
    the statistic there is at least z, the upper bound under it exactly if it is under −z.
    """
    arrays = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (x1, n1, x2, n2, ratio)))
    return _Pair(*arrays[:4], corrected=True).statistic(np.log(arrays[4]))


class _Pair:
    """Two proportions and the score statistic of their ratio, with a search for its bounds."""

    def __init__(self, x1: Floats, n1: Floats, x2: Floats, n2: Floats, *, corrected: bool) -> None:
        self.x1, self.x2 = x1, x2
        self.n1, self.n2 = n1, n2
        self.p1, self.p2 = x1 / n1, x2 / n2
        self.total = n1 + n2
        self.events = x1 + x2
        self.factor = self.total / (self.total - 1.0) if corrected else np.ones_like(x1)

    def statistic(self, log_ratio: Floats) -> Floats:
        """Return the score statistic; it falls as the ratio rises.

        Equal rates of 1 give 0/0 at a ratio of 1, which lies inside the interval: 0.
        """
        ratio = np.exp(log_ratio)
        b = ratio * (self.n1 + self.x2) + (self.x1 + self.n2)
        root = np.sqrt(np.maximum(b * b - 4.0 * self.total * ratio * self.events, 0.0))
        second = np.minimum(2.0 * self.events / (b + root), 1.0)
        first = np.minimum(ratio * second, 1.0)
        spread = first * (1.0 - first) / self.n1 + ratio * ratio * second * (1.0 - second) / self.n2
        gap = self.p1 - ratio * self.p2
        return np.asarray(gap / np.sqrt(np.maximum(spread * self.factor, _TINY)))

    def solve(self, z: Floats) -> Floats:
        """Return the log of the ratio at which the statistic equals z (Ridders 1979)."""
        low, high = self._bracket(z)
        above, below = self.statistic(low) - z, self.statistic(high) - z
        found, done = low, np.zeros(low.shape, dtype=bool)
        for _ in range(_STEPS):
            middle = (low + high) / 2.0
            at = self.statistic(middle) - z
            root = np.sqrt(np.maximum(at * at - above * below, _TINY))
            guess = np.clip(middle + (middle - low) * at / root, low, high)
            at_guess = self.statistic(guess) - z
            # Each bound stops by itself, so that its digits do not depend on its neighbours.
            guess = np.where(done, found, guess)
            done = done | (np.abs(guess - found) < _CLOSE)
            found = guess
            if done.all():
                break
            for point, value in ((middle, at), (guess, at_guess)):
                raise_low = (value >= 0.0) & (point > low)
                lower_high = (value < 0.0) & (point < high)
                low, above = np.where(raise_low, point, low), np.where(raise_low, value, above)
                high, below = np.where(lower_high, point, high), np.where(lower_high, value, below)
        return found

    def _bracket(self, z: Floats) -> tuple[Floats, Floats]:
        """Return ends round the bound: near the usual approximation if they hold it, else far."""
        a, b = self.x1 + 0.5, self.x2 + 0.5
        centre = np.log(a * (self.n2 + 0.5) / (b * (self.n1 + 0.5)))
        error = np.sqrt(1.0 / a + 1.0 / b)
        low, high = centre - (z + 4.0) * error, centre - (z - 4.0) * error
        low = np.where(self.statistic(low) > z, low, -_REACH)
        return low, np.where(self.statistic(high) < z, high, _REACH)
