"""Rates of weighted or clustered rows: weighted shares, intervals on effective sizes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.cells import RATES, Grouped, Rate, denominators
from evaluations.methods.fairness.measured import EXACT, Level, Measured, Minimum, plain_rate
from evaluations.methods.fairness.spread import Spread, spread_of_cells
from evaluations.methods.intervals import Bounds, Floats, exact

type Mask = NDArray[np.bool_]

ON_SIZES = "effective size"


def measure_designed(grouped: Grouped, minimum: Minimum, *, labelled: bool) -> list[Measured]:
    """Measure every rate that the columns allow, then balanced accuracy and F1."""
    rates = [
        designed_rate(grouped, rate, minimum) for rate in RATES if labelled or not rate.needs_label
    ]
    if not labelled:
        return rates
    by_key = {rate.key: rate for rate in RATES}
    return [*rates, _balanced_accuracy(grouped, by_key, minimum), _f1(grouped, by_key, minimum)]


def share(grouped: Grouped, top: Mask, bottom: Mask) -> tuple[Floats, Spread]:
    """Return the weighted share of `top` among `bottom` in each group, and how precise it is.

    The influence of a row on a share p = A / B is (in the numerator − p) / B.
    """
    values, influence = _share(grouped, top, bottom)
    return values, spread_of_cells(values, influence, bottom, grouped)


def on_size(values: Floats, spread: Spread, level: Level) -> Bounds:
    """Return the exact interval on the effective size (Korn and Graubard 1998)."""
    sizes = np.maximum(spread.at(level), 1e-9)
    return exact(values * sizes, sizes, level)


def mask(cells: tuple[tuple[int, int], ...]) -> Mask:
    """Return which of the 3 × 3 cells are meant."""
    found = np.zeros((3, 3), dtype=bool)
    for label, prediction in cells:
        found[label, prediction] = True
    return found


def _weights(grouped: Grouped) -> Floats:
    assert grouped.weighed is not None  # noqa: S101 - only weighted or clustered rows come here
    return grouped.weighed.weights


def _share(grouped: Grouped, top: Mask, bottom: Mask) -> tuple[Floats, Floats]:
    weights = _weights(grouped)
    whole = weights[:, bottom].sum(axis=1)
    safe = np.where(whole > 0.0, whole, 1.0)
    # Rounding must not carry a share of all, or of none, past 1 or 0.
    values = np.clip(weights[:, top].sum(axis=1) / safe, 0.0, 1.0)
    influence = (top[None] - values[:, None, None] * bottom[None]) / safe[:, None, None]
    return values, influence


def rate_of(grouped: Grouped, rate: Rate, minimum: Minimum) -> Measured:
    """Measure one rate, of weighted or clustered rows where that was declared."""
    return (plain_rate if grouped.weighed is None else designed_rate)(grouped, rate, minimum)


def designed_rate(grouped: Grouped, rate: Rate, minimum: Minimum) -> Measured:
    """Measure one rate of weighted or clustered rows."""
    n = denominators(grouped.counts, rate)
    values, spread = share(grouped, mask(rate.numerator), mask(rate.denominator))
    known = minimum.reasons(grouped.rows, [(n, rate.counted)])
    return Measured(
        key=rate.key,
        values=values,
        n=n,
        reasons=spread.reasons(known, n),
        bounds=lambda level: on_size(values, spread, level),
        interval=f"{EXACT}, {ON_SIZES}",
        share=True,
        spread=spread,
    )


def _balanced_accuracy(grouped: Grouped, by_key: dict[str, Rate], minimum: Minimum) -> Measured:
    """(1 + TPR − FPR) / 2, linearised as one number: both rates come from the same clusters."""
    hit, miss = by_key["true_positive_rate"], by_key["false_positive_rate"]
    n1, n2 = denominators(grouped.counts, hit), denominators(grouped.counts, miss)
    first, up = _share(grouped, mask(hit.numerator), mask(hit.denominator))
    second, down = _share(grouped, mask(miss.numerator), mask(miss.denominator))
    values = (1.0 + first - second) / 2.0
    used = mask((*hit.denominator, *miss.denominator))
    spread = spread_of_cells(values, (up - down) / 2.0, used, grouped)
    known = minimum.reasons(grouped.rows, [(n1, hit.counted), (n2, miss.counted)])
    return Measured(
        key="balanced_accuracy",
        values=values,
        n=n1 + n2,
        reasons=spread.reasons(known, n1 + n2),
        bounds=lambda level: on_size(values, spread, level),
        interval=f"{EXACT}, {ON_SIZES}",
        spread=spread,
    )


def _f1(grouped: Grouped, by_key: dict[str, Rate], minimum: Minimum) -> Measured:
    """2J / (1 + J) with J = TP / (TP + FP + FN), a share of rows."""
    hit, kept = by_key["true_positive_rate"], by_key["precision"]
    union = mask((*hit.denominator, *kept.denominator))
    shares, spread = share(grouped, mask(hit.numerator), union)
    n = np.asarray(grouped.counts[:, union].sum(axis=1), dtype=np.int64)
    known = minimum.reasons(
        grouped.rows,
        [(denominators(grouped.counts, hit), hit.counted), (n, "to judge F1 by")],
    )

    def bounds(level: Level) -> Bounds:
        ends = on_size(shares, spread, level)
        return Bounds(2.0 * ends.low / (1.0 + ends.low), 2.0 * ends.high / (1.0 + ends.high))

    return Measured(
        key="f1",
        values=2.0 * shares / (1.0 + shares),
        n=n,
        reasons=spread.reasons(known, n),
        bounds=bounds,
        interval=f"{EXACT}, transformed, {ON_SIZES}",
        spread=spread,
    )
