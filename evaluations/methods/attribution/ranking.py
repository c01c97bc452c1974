"""Features in order of how far they move the output, with intervals over rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from evaluations.methods.attribution.explained import Explained, Floats
from evaluations.methods.attribution.statistics import Interval, mean, share
from evaluations.methods.results import Estimate, Metric, NotEstimable, Outcome

ADDITIVITY_TOLERANCE = 1e-4
_CLEAR = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One feature. place: its column. direction: of its effect as its value rises, in words."""

    place: int
    feature: str
    absolute: Interval
    share: Interval | None
    average: float
    direction: str


def rank(explained: Explained) -> tuple[Ranked, ...]:
    """Order the features by mean absolute attribution, largest first; ties keep their order."""
    absolute = np.abs(explained.values)
    whole = absolute.sum(axis=1)
    level = explained.parameters.level
    found = [
        Ranked(
            place=place,
            feature=name,
            absolute=_from_zero(mean(absolute[:, place], level)),
            share=share(absolute[:, place], whole, level) if whole.any() else None,
            average=float(explained.values[:, place].mean()),
            direction=_direction(explained.inputs[:, place], explained.values[:, place]),
        )
        for place, name in enumerate(explained.features)
    ]
    return tuple(sorted(found, key=lambda entry: (-entry.absolute.value, entry.place)))


def _from_zero(found: Interval) -> Interval:
    return Interval(value=found.value, low=max(found.low, 0.0), high=found.high)


def _direction(inputs: Floats, values: Floats) -> str:
    """By Spearman's rank correlation of value and attribution where both vary."""
    known = ~np.isnan(inputs)
    first, second = inputs[known], values[known]
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return "no direction"
    correlation = float(stats.spearmanr(first, second).statistic)
    if abs(correlation) < _CLEAR:
        return "no single direction"
    return "higher values raise it" if correlation > 0 else "higher values lower it"


def ranking_metrics(explained: Explained, ranked: tuple[Ranked, ...]) -> Iterator[Metric]:
    """Yield mean absolute attribution and share of each feature."""
    for entry in ranked:
        group = {"feature": entry.feature}
        yield Metric(
            metric="mean_absolute_attribution",
            group=group,
            outcome=_estimate(entry.absolute, explained, "t"),
        )
        outcome: Outcome = NotEstimable(reason="no feature moves the output", n=explained.rows)
        if entry.share is not None:
            outcome = _estimate(entry.share, explained, "linearised-ratio")
        yield Metric(metric="attribution_share", group=group, outcome=outcome)


def _estimate(found: Interval, explained: Explained, name: str) -> Estimate:
    return Estimate(
        value=found.value,
        low=found.low,
        high=found.high,
        level=explained.parameters.level,
        n=explained.rows,
        interval=name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Additivity:
    """Checked on every explained row."""

    largest: float
    failures: int
    rows: int

    def metrics(self) -> tuple[Metric, Metric]:
        """Return both facts; they are exact, so they have no interval."""
        return (self._metric("additivity_max_error", self.largest), self._count())

    def _count(self) -> Metric:
        return self._metric("additivity_failures", float(self.failures))

    def _metric(self, key: str, value: float) -> Metric:
        outcome = Estimate(
            value=value, low=None, high=None, level=None, n=self.rows, interval="exact"
        )
        return Metric(metric=key, group=None, outcome=outcome)


def additivity(explained: Explained) -> Additivity:
    """Compare base plus attributions with the model's output on every row."""
    errors = np.abs(explained.base + explained.values.sum(axis=1) - explained.margins)
    return Additivity(
        largest=float(errors.max()),
        failures=int((errors > ADDITIVITY_TOLERANCE).sum()),
        rows=explained.rows,
    )
