"""Which bounds decide over all pairs, and which pair each of them belongs to.

A limit is passed when every pair's own bound is within it, and failed when the simultaneous bound
of some pair is beyond it. So one bound decides on either side; it may belong to another pair than
the one with the widest gap, whose interval can be wide for want of rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.cells import Grouped
from evaluations.methods.fairness.comparisons import Pairs, Ratios
from evaluations.methods.intervals import Floats
from evaluations.methods.results import Pair, PairBound, PairBounds


def pair_at(grouped: Grouped, pairs: Pairs, at: int, *, turned: bool = False) -> Pair:
    """Return the groups of a pair; turned: the one with the lower value first."""
    high, low = grouped.group(int(pairs.high[at])), grouped.group(int(pairs.low[at]))
    return Pair(high=low, low=high) if turned else Pair(high=high, low=low)


def of_gaps(grouped: Grouped, pairs: Pairs, worst: int) -> PairBounds:
    """Return the largest simultaneous lower and the largest own upper bound of any gap.

    worst: the place of the widest gap; it stands for the others where bounds are equal. A gap of
    either sign counts: of a pair near parity the far side may be the larger one. That bound
    belongs to the pair turned round, whose gap is negative.
    """
    everywhere = np.arange(len(pairs.gaps))
    low = _largest(pairs.simultaneous.low, everywhere, worst)
    high = _largest(pairs.own.high, everywhere, worst)
    far = _largest(-pairs.own.low, everywhere, worst)
    turned = bool(-pairs.own.low[far] > pairs.own.high[high])
    at = far if turned else high
    return PairBounds(
        low=PairBound(
            bound=float(pairs.simultaneous.low[low]),
            value=float(pairs.gaps[low]),
            n=int(pairs.rows[low]),
            pair=pair_at(grouped, pairs, low),
        ),
        high=PairBound(
            bound=float(-pairs.own.low[at] if turned else pairs.own.high[at]),
            value=float(-pairs.gaps[at] if turned else pairs.gaps[at]) + 0.0,
            n=int(pairs.rows[at]),
            pair=pair_at(grouped, pairs, at, turned=turned),
        ),
    )


def of_ratios(grouped: Grouped, pairs: Pairs, ratios: Ratios, worst: int) -> PairBounds:
    """Return the smallest own lower and the smallest simultaneous upper bound of any ratio.

    worst: the place of the lowest ratio. A ratio may be read either way round, so that the lower
    bound of a pair is the smaller of its own and of 1 / its upper one.
    """
    places = np.flatnonzero(ratios.defined)
    high = _largest(-ratios.simultaneous.high, places, worst)
    low = _largest(-ratios.own.low, places, worst)
    far = _largest(ratios.own.high, places, worst)
    turned = bool(1.0 / ratios.own.high[far] < ratios.own.low[low])
    at = far if turned else low
    return PairBounds(
        low=PairBound(
            bound=float(1.0 / ratios.own.high[at] if turned else ratios.own.low[at]),
            value=float(1.0 / ratios.values[at] if turned else ratios.values[at]),
            n=int(pairs.rows[at]),
            pair=pair_at(grouped, pairs, at, turned=turned),
        ),
        high=PairBound(
            bound=float(ratios.simultaneous.high[high]),
            value=float(ratios.values[high]),
            n=int(pairs.rows[high]),
            pair=pair_at(grouped, pairs, high),
        ),
    )


def _largest(numbers: Floats, places: NDArray[np.intp], worst: int) -> int:
    """Return where the largest number stands; the worst pair's place where it is as large."""
    at = int(places[np.argmax(numbers[places])])
    return worst if numbers[worst] >= numbers[at] else at
