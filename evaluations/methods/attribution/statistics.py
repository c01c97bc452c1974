"""Intervals of means, shares, differences and rank associations over rows.

All are large-sample intervals over rows taken as independent draws; t quantiles are used for
means. A constant sample has an interval of no width, which is right: nothing varied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its bounds."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference of two means: its own bounds and the bounds over all comparisons made."""

    own: Interval
    simultaneous: Interval


def mean(sample: Floats, level: float) -> Interval:
    """Mean with the t interval; at least two rows."""
    error = float(sample.std(ddof=1)) / math.sqrt(len(sample))
    return _around(float(sample.mean()), error, len(sample) - 1, level)


def share(part: Floats, whole: Floats, level: float) -> Interval:
    """Ratio of two means over the same rows, by linearisation, kept within 0 and 1.

    part and whole: non-negative, part ≤ whole row by row; whole is positive somewhere.
    """
    ratio = float(part.mean() / whole.mean())
    residual = part - ratio * whole
    error = float(residual.std(ddof=1)) / math.sqrt(len(part)) / float(whole.mean())
    found = _around(ratio, error, len(part) - 1, level)
    return Interval(value=ratio, low=max(found.low, 0.0), high=min(found.high, 1.0))


def difference(first: Floats, second: Floats, level: float, comparisons: int) -> Difference:
    """Mean of first less mean of second, by Welch (1947); simultaneous by Bonferroni."""
    parts = [sample.var(ddof=1) / len(sample) for sample in (first, second)]
    total = float(parts[0] + parts[1])
    value = float(first.mean() - second.mean())
    freedom = math.inf
    if total > 0:
        weights = [part**2 / (len(s) - 1) for part, s in zip(parts, (first, second), strict=True)]
        freedom = total**2 / float(weights[0] + weights[1])
    wide = 1 - (1 - level) / max(comparisons, 1)
    return Difference(
        own=_around(value, math.sqrt(total), freedom, level),
        simultaneous=_around(value, math.sqrt(total), freedom, wide),
    )


def _around(value: float, error: float, freedom: float, level: float) -> Interval:
    tail = (1 + level) / 2
    quantile = stats.norm.ppf(tail) if math.isinf(freedom) else stats.t.ppf(tail, freedom)
    reach = float(quantile) * error
    return Interval(value=value, low=value - reach, high=value + reach)


def somers_d(first: Floats, second: Floats, level: float) -> Interval:
    """2 AUC − 1: how far values of first tend to lie above those of second; ties count half.

    Variance by DeLong, DeLong and Clarke-Pearson (1988); bounds kept within −1 and 1. Each sample
    has at least two values.
    """
    ranks = stats.rankdata(np.concatenate([first, second]))
    above = (ranks[: len(first)] - stats.rankdata(first)) / len(second)
    below = 1 - (ranks[len(first) :] - stats.rankdata(second)) / len(first)
    variance = above.var(ddof=1) / len(first) + below.var(ddof=1) / len(second)
    value = 2 * float(above.mean()) - 1
    reach = 2 * float(stats.norm.ppf((1 + level) / 2)) * math.sqrt(float(variance))
    return Interval(value=value, low=max(value - reach, -1.0), high=min(value + reach, 1.0))


def magnitude(found: Interval) -> Interval:
    """The interval of the absolute value: from 0 where the bounds lie on both sides of 0."""
    ends = sorted((abs(found.low), abs(found.high)))
    low = 0.0 if found.low <= 0 <= found.high else ends[0]
    return Interval(value=abs(found.value), low=low, high=ends[1])


def product(first: Interval, second: Interval) -> Interval:
    """Product of two non-negative intervals; each at level 1 − (1 − l)/2 gives at least level l."""
    return Interval(
        value=first.value * second.value, low=first.low * second.low, high=first.high * second.high
    )


def cosines(first: Floats, second: Floats) -> Floats:
    """Cosine similarity row by row; 1 where both rows are zero, 0 where only one is."""
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    both_zero = ~first.any(axis=1) & ~second.any(axis=1)
    dots = np.einsum("ij,ij->i", first, second)
    safe = np.where(lengths > 0, lengths, 1.0)
    return np.asarray(np.where(both_zero, 1.0, np.clip(dots / safe, -1.0, 1.0)), dtype=np.float64)
