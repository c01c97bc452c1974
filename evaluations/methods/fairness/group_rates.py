"""`fairness.group_rates`: rates of groups, and how far apart any two of them are."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.cells import Grouped, group_by, membership
from evaluations.methods.fairness import words
from evaluations.methods.fairness.comparisons import Pairs, compare_all
from evaluations.methods.fairness.figures import draw
from evaluations.methods.fairness.measured import Measured, Minimum, measure_rates
from evaluations.methods.fairness.references import references
from evaluations.methods.fairness.scores import calibration_table, measure_scores
from evaluations.methods.fairness.spec import KEY, VERSION, GroupRatesParameters
from evaluations.methods.fairness.tables import exclusion_table, rate_table, selection_table
from evaluations.methods.fairness.tables import pair_table as pair_table_of
from evaluations.methods.fairness.worst import Comparison, versus_reference, worst_of
from evaluations.methods.inputs import BadInput, CellTable, GroupRatesInputs
from evaluations.methods.results import (
    Diagnostic,
    Estimate,
    Exclusion,
    Figure,
    MethodReport,
    Metric,
    Table,
)


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


def compute(
    inputs: GroupRatesInputs, parameters: GroupRatesParameters, *, seed: int
) -> MethodReport:
    """Return the rates of every group, their gaps and ratios, and the worst pairs.

    Rates lie in [0, 1]; parity is a difference of 0 and a ratio of 1; the worst difference is 1
    and the worst ratio 0 when one group has all and another nothing. Intervals: Wilson for rates,
    Newcombe for differences, Miettinen–Nurminen for ratios; simultaneous ones by Šidák over all
    pairs of compared groups. Groups under the minimum are excluded before a reference is chosen.
    The seed serves the bootstrap of the calibration error only. Raises BadInput if the named
    reference is no group, or the table has no rows.
    """
    cells = inputs.cells
    if cells.rows == 0:
        message = "There are no rows to count."
        raise BadInput(message)
    _check_reference(cells, parameters.reference)
    whole = _whole(inputs, parameters, seed)
    single = [
        _analyse(inputs, parameters, (column,), seed=[seed, place])
        for place, column in enumerate(cells.columns, start=1)
    ]
    crossed = [
        _analyse(inputs, parameters, columns, seed=[seed, 1000 + place])
        for place, columns in enumerate(_crossings(cells, parameters.intersections))
    ]
    metrics = [*whole]
    for analysis in [*single, *crossed]:
        metrics += _by_group(analysis, parameters.level)
    for analysis in single:
        metrics += _comparisons(analysis, parameters)
    excluded = tuple(item for analysis in [*single, *crossed] for item in _excluded(analysis))
    tables, figures = _shown(single, crossed, tuple(metrics), parameters)
    tables += _calibration(inputs, single)
    if excluded:
        tables.append(exclusion_table(excluded))
    return MethodReport(
        method=KEY,
        version=VERSION,
        parameters=dataclasses.asdict(parameters),
        metrics=tuple(metrics),
        narrative=words.narrative(tuple(metrics), parameters, excluded, cells),
        excluded=excluded,
        tables=tuple(tables),
        figures=tuple(figures),
        diagnostics=_diagnostics(inputs),
        headline=words.headline(tuple(metrics), parameters, cells.columns),
        seed=seed,
        inputs={"data": inputs.digest},
    )


def _check_reference(cells: CellTable, reference: str) -> None:
    values = {value for member in cells.members for value in member}
    if reference and reference not in values:
        message = f"The reference group {reference!r} is not a value of {', '.join(cells.columns)}."
        raise BadInput(message)


def _crossings(cells: CellTable, depth: int) -> list[tuple[str, ...]]:
    return [
        columns
        for size in range(2, min(depth, len(cells.columns)) + 1)
        for columns in combinations(cells.columns, size)
    ]


def _measure(
    inputs: GroupRatesInputs,
    parameters: GroupRatesParameters,
    columns: tuple[str, ...],
    seed: list[int],
) -> tuple[Grouped, list[Measured]]:
    cells = inputs.cells
    grouped = group_by(cells, columns)
    minimum = Minimum(rows=parameters.minimum_group_size, outcome=parameters.outcome_word)
    metrics = measure_rates(grouped, minimum, labelled=cells.labelled)
    if inputs.scores is not None:
        codes, _ = membership(cells, columns)
        metrics += measure_scores(
            inputs.scores,
            codes,
            grouped.rows,
            minimum,
            bins=parameters.calibration_bins,
            rng=np.random.default_rng(seed),
        )
    return grouped, metrics


def _whole(inputs: GroupRatesInputs, parameters: GroupRatesParameters, seed: int) -> list[Metric]:
    grouped, metrics = _measure(inputs, parameters, (), [seed, 0])
    rows = int(grouped.rows[0])
    return [
        Metric(metric="count", group=None, outcome=_count(rows)),
        *(
            Metric(metric=item.key, group=None, outcome=item.outcomes(parameters.level)[0])
            for item in metrics
        ),
    ]


def _analyse(
    inputs: GroupRatesInputs,
    parameters: GroupRatesParameters,
    columns: tuple[str, ...],
    *,
    seed: list[int],
) -> Analysis:
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


def _by_group(analysis: Analysis, level: float) -> list[Metric]:
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


def _comparisons(analysis: Analysis, parameters: GroupRatesParameters) -> list[Metric]:
    chosen = references(
        analysis.metrics, analysis.grouped, analysis.compared, named=parameters.reference
    )
    found: list[Metric] = []
    for item in analysis.metrics:
        if not item.comparable:
            continue
        case = Comparison(
            metric=item,
            grouped=analysis.grouped,
            compared=analysis.compared,
            pairs=analysis.pairs.get(item.key),
            level=parameters.level,
        )
        found += [*versus_reference(case, chosen[item.key]), *worst_of(case)]
    return found


def _excluded(analysis: Analysis) -> list[Exclusion]:
    """List the groups left out of all comparisons, and those left out of some of them."""
    grouped, found = analysis.grouped, []
    for place, rows in enumerate(grouped.rows):
        group = grouped.group(place)
        if not grouped.recorded[place]:
            reason = "membership not recorded: shown, not compared"
            found.append(Exclusion(group=group, n=int(rows), reason=reason))
        elif rows < analysis.minimum:
            reason = f"fewer than {analysis.minimum} rows"
            found.append(Exclusion(group=group, n=int(rows), reason=reason))
        else:
            found += _partly_excluded(analysis, place)
    return found


def _partly_excluded(analysis: Analysis, place: int) -> list[Exclusion]:
    kinds: dict[tuple[str, int], list[str]] = {}
    for item in analysis.metrics:
        if item.reasons[place]:
            kinds.setdefault((item.reasons[place], int(item.n[place])), []).append(item.key)
    return [
        Exclusion(group=analysis.grouped.group(place), n=n, reason=f"{', '.join(keys)}: {reason}")
        for (reason, n), keys in kinds.items()
    ]


def _shown(
    single: list[Analysis],
    crossed: list[Analysis],
    metrics: tuple[Metric, ...],
    parameters: GroupRatesParameters,
) -> tuple[list[Table], list[Figure]]:
    tables: list[Table] = []
    figures: list[Figure] = []
    for analysis in [*single, *crossed]:
        tables.append(selection_table(metrics, analysis.columns, parameters.outcome_word))
    for analysis in single:
        tables.append(rate_table(metrics, analysis.columns[0]))
        if analysis.pairs:
            tables.append(pair_table_of(analysis.grouped, analysis.pairs))
    for analysis in [*single, *crossed]:
        figures += draw(
            metrics,
            tuple(tables),
            analysis.columns,
            outcome_word=parameters.outcome_word,
            people_word=parameters.people_word,
        )
    return tables, figures


def _calibration(inputs: GroupRatesInputs, single: list[Analysis]) -> list[Table]:
    if inputs.scores is None:
        return []
    return [
        calibration_table(
            inputs.scores, item.grouped, membership(inputs.cells, item.columns)[0], item.minimum
        )
        for item in single
    ]


def _diagnostics(inputs: GroupRatesInputs) -> tuple[Diagnostic, ...]:
    counts = inputs.cells.counts
    found = [("rows_without_prediction", "prediction", int(counts[:, :, 2].sum()))]
    if inputs.cells.labelled:
        found.append(("rows_without_label", "label", int(counts[:, 2, :].sum())))
    if inputs.scores is not None:
        found.append(("rows_without_score", "score or a label", inputs.scores.left_out))
    return tuple(
        Diagnostic(
            key=key,
            title=f"Rows without a {what}",
            passed=n == 0,
            detail=f"{n:,} of {inputs.cells.rows:,} rows are without a {what}; rates that need it "
            "leave them out."
            if n
            else f"No row is without a {what}.",
            value=n,
        )
        for key, what, n in found
    )
