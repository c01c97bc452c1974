"""Named criteria of fairness: which metrics they are, and equalised odds as one number."""

from __future__ import annotations

from dataclasses import dataclass, replace

from evaluations.methods.fairness.comparisons import Pairs, gap_bounds
from evaluations.methods.fairness.worst import Comparison, worst_of
from evaluations.methods.intervals import sidak_level
from evaluations.methods.limits import named
from evaluations.methods.pairs import ladder
from evaluations.methods.results import (
    Estimate,
    Metric,
    NotEstimable,
    Pair,
    PairBound,
    PairBounds,
    Scalar,
    Table,
)

EQUALISED_ODDS = "equalised_odds_worst_difference"
ODDS = ("true_positive_rate", "false_positive_rate")
CRITERIA: tuple[tuple[str, str], ...] = (
    ("Demographic parity", "selection_rate_worst_difference"),
    ("Equal opportunity", "true_positive_rate_worst_difference"),
    ("Equalised odds", EQUALISED_ODDS),
    ("Predictive parity", "precision_worst_difference"),
)


@dataclass(frozen=True, slots=True)
class _Half:
    """The worst gap of one rate, with its estimate and the bounds that decide."""

    metric: Metric
    outcome: Estimate
    bounds: PairBounds


def equalised_odds(cases: dict[str, Comparison]) -> list[Metric]:
    """Return the larger of the worst gaps in true and false positive rates; none without labels.

    0 at parity, 1 at worst. Its upper end is the larger of both, so that it is within a limit only
    if both are (an intersection–union test); its lower end is simultaneous over the pairs of both.
    """
    if any(key not in cases for key in ODDS):
        return []
    both = [cases[key] for key in ODDS]
    columns = both[0].grouped.columns
    lost = _lost(both)
    if lost is not None:
        return [Metric(metric=EQUALISED_ODDS, group=None, outcome=lost, by=columns)]
    known = [(case, case.pairs) for case in both if case.pairs is not None]
    joint = sidak_level(both[0].level, sum(len(pairs.gaps) for _, pairs in known))
    return [_joined([_worst(case, pairs, joint) for case, pairs in known])]


def _lost(both: list[Comparison]) -> NotEstimable | None:
    """Return why one half cannot be measured: then the criterion cannot either."""
    for case in both:
        if case.pairs is None:
            found = worst_of(case)[0].outcome
            if isinstance(found, NotEstimable):
                name = case.metric.key.replace("_", " ")
                return NotEstimable(reason=f"{name}: {found.reason}", n=found.n)
    return None


def _worst(case: Comparison, pairs: Pairs, joint: float) -> _Half:
    """Return one half's worst gap with bounds that hold for the pairs of both halves."""
    rungs = ladder(case.metric.bounds, joint)
    outer = gap_bounds(case.metric, rungs, pairs.high, pairs.low)
    metric = worst_of(replace(case, pairs=replace(pairs, simultaneous=outer)))[0]
    if not isinstance(metric.outcome, Estimate) or metric.bounds is None:
        message = "A rate with pairs has a worst gap."
        raise TypeError(message)
    key = case.metric.key
    return _Half(
        replace(metric, pair=_of_rate(metric.pair, key)),
        metric.outcome,
        PairBounds(low=_bound(metric.bounds.low, key), high=_bound(metric.bounds.high, key)),
    )


def _of_rate(pair: Pair | None, key: str) -> Pair | None:
    return None if pair is None else replace(pair, rate=key)


def _bound(found: PairBound, key: str) -> PairBound:
    return replace(found, pair=replace(found.pair, rate=key))


def _joined(halves: list[_Half]) -> Metric:
    larger = max(halves, key=lambda half: half.outcome.value)
    low = max((half.bounds.low for half in halves), key=lambda end: end.bound)
    high = max((half.bounds.high for half in halves), key=lambda end: end.bound)
    return replace(
        larger.metric,
        metric=EQUALISED_ODDS,
        outcome=replace(larger.outcome, shown_low=low.bound, shown_high=high.bound),
        bounds=PairBounds(low=low, high=high),
    )


def criteria_table(metrics: list[Metric], columns: tuple[str, ...]) -> Table | None:
    """Return which metric each named criterion is, with its value; None without labels."""
    found = {m.metric: m for m in metrics if m.by == columns}
    if EQUALISED_ODDS not in found:
        return None
    return Table(
        key=f"criteria_{'_'.join(columns)}",
        title=f"Criteria of fairness by {' and '.join(columns)}",
        columns=("criterion", "metric", "worst gap", "low", "high", "between", "note"),
        rows=tuple(_row(name, found[key]) for name, key in CRITERIA),
        note="Each is the largest gap between any two compared groups. Equalised odds asks both "
        "true and false positive rates to be within a limit. With unequal base rates predictive "
        "parity and equalised odds cannot both hold, unless prediction is perfect.",
    )


def _row(name: str, metric: Metric) -> tuple[Scalar, ...]:
    outcome = metric.outcome
    if isinstance(outcome, NotEstimable):
        return (name, metric.metric, None, None, None, "", f"not estimable: {outcome.reason}")
    return (
        name, metric.metric, outcome.value, outcome.low, outcome.high,
        _between(metric.pair), "",
    )  # fmt: skip


def _between(pair: Pair | None) -> str:
    if pair is None:
        return ""
    rate = "" if pair.rate is None else f", {pair.rate.replace('_', ' ')}"
    return f"{named(pair.high)} − {named(pair.low)}{rate}"
