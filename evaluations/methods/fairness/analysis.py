"""One group column, or several together, with all that was measured in its groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.cells import Grouped, group_by, membership
from evaluations.methods.fairness.comparisons import Pairs, compare_all
from evaluations.methods.fairness.criteria import equalised_odds
from evaluations.methods.fairness.designed_rates import measure_designed
from evaluations.methods.fairness.designed_scores import measure_designed_scores
from evaluations.methods.fairness.findings import Tested, tested
from evaluations.methods.fairness.measured import Measured, Minimum, measure_rates
from evaluations.methods.fairness.references import references
from evaluations.methods.fairness.scores import labelled, measure_scores
from evaluations.methods.fairness.spec import GroupRatesParameters
from evaluations.methods.fairness.thresholds import scoring_rate
from evaluations.methods.fairness.worst import Comparison, versus_reference, worst_of
from evaluations.methods.inputs import GroupRatesInputs
from evaluations.methods.results import Estimate, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """One group column, or several together, with all that was measured in its groups.

    compared: groups that are recorded and large enough. pairs: by metric; empty for
    intersections, which are shown for reading.
    """

    grouped: Grouped
    metrics: list[Measured]
    compared: NDArray[np.bool_]
    pairs: dict[str, Pairs]
    minimum: int

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the group columns."""
        return self.grouped.columns


def _measure(
    inputs: GroupRatesInputs,
    parameters: GroupRatesParameters,
    columns: tuple[str, ...],
    seed: list[int],
) -> tuple[Grouped, list[Measured]]:
    cells = inputs.cells
    grouped = group_by(cells, columns, inputs.design)
    minimum = Minimum(rows=parameters.minimum_group_size, outcome=parameters.outcome_word)
    rates, scores = measure_rates, measure_scores
    if inputs.design is not None:
        rates, scores = measure_designed, measure_designed_scores
    metrics = rates(grouped, minimum, labelled=cells.labelled)
    scoring = scoring_rate(inputs, columns, minimum)
    if scoring is not None:
        metrics.append(scoring)
    if inputs.scores is not None and cells.labelled:
        codes, _ = membership(cells, columns)
        metrics += scores(
            labelled(inputs.scores),
            codes,
            grouped.rows,
            minimum,
            bins=parameters.calibration_bins,
            rng=np.random.default_rng(seed),
        )
    return grouped, metrics


def whole(inputs: GroupRatesInputs, parameters: GroupRatesParameters, seed: int) -> list[Metric]:
    """Return every metric of all rows together."""
    grouped, metrics = _measure(inputs, parameters, (), [seed, 0])
    rows = int(grouped.rows[0])
    return [
        Metric(metric="count", group=None, outcome=_count(rows)),
        *(
            Metric(metric=item.key, group=None, outcome=item.outcomes(parameters.level)[0])
            for item in metrics
        ),
    ]


def analyse(
    inputs: GroupRatesInputs,
    parameters: GroupRatesParameters,
    columns: tuple[str, ...],
    *,
    seed: list[int],
) -> Analysis:
    """Measure the groups of these columns, and their pairs if it is one column."""
    grouped, metrics = _measure(inputs, parameters, columns, seed)
    compared = grouped.recorded & (grouped.rows >= parameters.minimum_group_size)
    pairs: dict[str, Pairs] = {}
    if len(columns) == 1:
        pairs = compare_all(metrics, compared, parameters.level)
    return Analysis(
        grouped=grouped,
        metrics=metrics,
        compared=compared,
        pairs=pairs,
        minimum=parameters.minimum_group_size,
    )


def _count(rows: int) -> Estimate:
    return Estimate(value=float(rows), low=None, high=None, level=None, n=rows, interval="exact")


def by_group(analysis: Analysis, level: float) -> list[Metric]:
    """Return every metric of every group."""
    grouped = analysis.grouped
    found = [
        Metric(metric="count", group=grouped.group(place), outcome=_count(int(rows)))
        for place, rows in enumerate(grouped.rows)
    ]
    for item in analysis.metrics:
        found += [
            Metric(metric=item.key, group=grouped.group(place), outcome=outcome)
            for place, outcome in enumerate(item.outcomes(level))
        ]
    return found


def comparisons(
    analysis: Analysis, parameters: GroupRatesParameters
) -> tuple[list[Metric], list[Tested]]:
    """Return each group against the reference, the worst pairs, and the tests of the former."""
    chosen = references(
        analysis.metrics, analysis.grouped, analysis.compared, named=parameters.reference
    )
    found: list[Metric] = []
    tests: list[Tested] = []
    cases = _cases(analysis, parameters.level)
    for key, case in cases.items():
        found += [*versus_reference(case, chosen[key]), *worst_of(case)]
        tests += tested(case, chosen[key])
    return [*found, *equalised_odds(cases)], tests


def _cases(analysis: Analysis, level: float) -> dict[str, Comparison]:
    return {
        item.key: Comparison(
            metric=item,
            grouped=analysis.grouped,
            compared=analysis.compared,
            pairs=analysis.pairs.get(item.key),
            level=level,
        )
        for item in analysis.metrics
        if item.comparable
    }
