"""Comparisons as results: each group against the reference, and the worst pair of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.cells import Grouped
from evaluations.methods.fairness.comparisons import Pairs, Ratios
from evaluations.methods.fairness.deciding import of_gaps, of_ratios, pair_at
from evaluations.methods.fairness.measured import SQUARE_AND_ADD, Measured
from evaluations.methods.results import Estimate, Metric, NotEstimable, Outcome, Pair, PairBounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One metric in the groups of one column. compared: which groups may be compared at all."""

    metric: Measured
    grouped: Grouped
    compared: NDArray[np.bool_]
    pairs: Pairs | None
    level: float


def interval_of(metric: Measured) -> str:
    """Return the name of the interval of two groups compared: it is made from those of both."""
    of_each = metric.interval.removeprefix(f"{SQUARE_AND_ADD}, ")
    return f"{SQUARE_AND_ADD}, {of_each}"


def versus_reference(case: Comparison, reference: int | None) -> list[Metric]:
    """Return KEY_difference, and KEY_ratio for shares, of every compared group but the reference."""
    found: list[Metric] = []
    kinds = ["difference"] + (["ratio"] if case.metric.share else [])
    for kind in kinds:
        for place in np.flatnonzero(case.compared):
            if place == reference:
                continue
            found.append(
                Metric(
                    metric=f"{case.metric.key}_{kind}",
                    group=case.grouped.group(int(place)),
                    outcome=_against(case, int(place), reference, kind),
                    reference=None if reference is None else case.grouped.group(reference),
                )
            )
    return found


def _against(case: Comparison, place: int, reference: int | None, kind: str) -> Outcome:
    pairs, unknown = case.pairs, _unknown(case, place, reference)
    if unknown or pairs is None or reference is None:
        reason = unknown or "no group to compare with"
        return NotEstimable(reason=reason, n=int(case.metric.n[place]))
    at = pairs.place(place, reference)
    if kind == "difference":
        return _difference(case, pairs, at, turned=int(pairs.low[at]) == place)
    return ratio_of(case, pairs, at, turned=int(pairs.high[at]) == place)


def _unknown(case: Comparison, place: int, reference: int | None) -> str:
    reasons = case.metric.reasons
    if reasons[place]:
        return reasons[place]
    if reference is None:
        return "no group to compare with"
    if reasons[reference]:
        return f"the reference group has {reasons[reference]}"
    return "" if case.compared[reference] else "membership of the reference group is not recorded"


def _difference(case: Comparison, pairs: Pairs, at: int, *, turned: bool) -> Estimate:
    sign = -1.0 if turned else 1.0
    ends = (pairs.own.low[at], pairs.own.high[at])
    outer = (pairs.simultaneous.low[at], pairs.simultaneous.high[at])
    low, high = sorted(sign * float(end) for end in ends)
    simultaneous_low, simultaneous_high = sorted(sign * float(end) for end in outer)
    return Estimate(
        value=sign * float(pairs.gaps[at]) + 0.0,
        low=low,
        high=high,
        level=case.level,
        n=int(pairs.rows[at]),
        interval=interval_of(case.metric),
        simultaneous_low=simultaneous_low,
        simultaneous_high=simultaneous_high,
    )


def ratio_of(case: Comparison, pairs: Pairs, at: int, *, turned: bool) -> Outcome:
    """Return the ratio lower / higher of a pair, or higher / lower if turned."""
    ratios, n = pairs.ratios, int(pairs.rows[at])
    if ratios is None or not ratios.defined[at]:
        return NotEstimable(reason="both rates are 0, so that their ratio is undefined", n=n)
    numbers = [
        float(ratios.values[at]),
        float(ratios.own.low[at]),
        float(ratios.own.high[at]),
        float(ratios.simultaneous.low[at]),
        float(ratios.simultaneous.high[at]),
    ]
    if turned:
        if numbers[0] <= 0.0:
            return NotEstimable(reason="the rate of the reference group is 0", n=n)
        value, low, high, outer_low, outer_high = (1.0 / number for number in numbers)
        numbers = [value, high, low, outer_high, outer_low]
    return Estimate(
        value=numbers[0],
        low=numbers[1],
        high=numbers[2],
        level=case.level,
        n=n,
        interval=interval_of(case.metric),
        simultaneous_low=numbers[3],
        simultaneous_high=numbers[4],
    )


def worst_of(case: Comparison) -> list[Metric]:
    """Return KEY_worst_difference, and KEY_worst_ratio for shares, over all pairs."""
    metric, grouped, pairs = case.metric, case.grouped, case.pairs
    kinds = ["worst_difference"] + (["worst_ratio"] if metric.share else [])
    if pairs is None:
        n = int(metric.n[case.compared & metric.estimable].sum())
        lost = NotEstimable(reason=_too_few(metric, grouped, case.compared), n=n)
        return [
            Metric(metric=f"{metric.key}_{kind}", group=None, outcome=lost, by=grouped.columns)
            for kind in kinds
        ]
    found = [_worst_difference(metric, grouped, pairs, case.level)]
    if pairs.ratios is not None:
        found.append(_worst_ratio(metric, grouped, pairs, pairs.ratios, case.level))
    return found


def _worst_difference(metric: Measured, grouped: Grouped, pairs: Pairs, level: float) -> Metric:
    at = int(np.argmax(pairs.gaps))
    bounds = of_gaps(grouped, pairs, at)
    outcome = Estimate(
        value=float(pairs.gaps[at]),
        low=float(pairs.own.low[at]),
        high=float(pairs.own.high[at]),
        level=level,
        n=int(pairs.rows[at]),
        interval=interval_of(metric),
        simultaneous_low=float(pairs.simultaneous.low[at]),
        simultaneous_high=float(pairs.simultaneous.high[at]),
        shown_low=bounds.low.bound,
        shown_high=bounds.high.bound,
    )
    key = f"{metric.key}_worst_difference"
    return _worst_metric(key, grouped, pair_at(grouped, pairs, at), outcome, bounds)


def _worst_ratio(
    metric: Measured, grouped: Grouped, pairs: Pairs, ratios: Ratios, level: float
) -> Metric:
    key = f"{metric.key}_worst_ratio"
    if not ratios.defined.any():
        lost = NotEstimable(
            reason="every rate is 0, so that no ratio is defined", n=int(pairs.rows.max())
        )
        return Metric(metric=key, group=None, outcome=lost, by=grouped.columns)
    places = np.flatnonzero(ratios.defined)
    at = int(places[np.argmin(ratios.values[places])])
    bounds = of_ratios(grouped, pairs, ratios, at)
    outcome = Estimate(
        value=float(ratios.values[at]),
        low=float(ratios.own.low[at]),
        high=float(ratios.own.high[at]),
        level=level,
        n=int(pairs.rows[at]),
        interval=interval_of(metric),
        simultaneous_low=float(ratios.simultaneous.low[at]),
        simultaneous_high=float(ratios.simultaneous.high[at]),
        shown_low=bounds.low.bound,
        shown_high=bounds.high.bound,
    )
    return _worst_metric(key, grouped, pair_at(grouped, pairs, at), outcome, bounds)


def _worst_metric(
    key: str, grouped: Grouped, pair: Pair, outcome: Estimate, bounds: PairBounds
) -> Metric:
    return Metric(
        metric=key,
        group=None,
        outcome=outcome,
        by=grouped.columns,
        pair=pair,
        bounds=bounds,
    )


def _too_few(metric: Measured, grouped: Grouped, compared: NDArray[np.bool_]) -> str:
    column = grouped.columns[0]
    if not grouped.recorded.any():
        return f"no row has a value in {column}"
    usable = [grouped.members[place][0] for place in np.flatnonzero(compared & metric.estimable)]
    if not usable:
        return f"no group in the column {column} has enough rows; two are needed"
    return f"only one group in the column {column} has enough rows ({usable[0]}); two are needed"
