"""`fairness.group_rates`: rates of groups, and how far apart any two of them are."""

from __future__ import annotations

import dataclasses
from itertools import combinations

from evaluations.methods.cells import membership
from evaluations.methods.fairness import words
from evaluations.methods.fairness.analysis import (
    Analysis,
    analyse,
    by_group,
    comparisons,
    whole,
)
from evaluations.methods.fairness.calibration_table import calibration_table
from evaluations.methods.fairness.criteria import criteria_table
from evaluations.methods.fairness.design_table import design_tables
from evaluations.methods.fairness.diagnostics import diagnostics
from evaluations.methods.fairness.exclusions import excluded_groups, excluded_rows
from evaluations.methods.fairness.figures import draw
from evaluations.methods.fairness.findings import Tested, findings_table
from evaluations.methods.fairness.impact import impact_ratios, impact_table
from evaluations.methods.fairness.scores import labelled
from evaluations.methods.fairness.spec import KEY, VERSION, GroupRatesParameters
from evaluations.methods.fairness.tables import exclusion_table, rate_table, selection_table
from evaluations.methods.fairness.tables import pair_table as pair_table_of
from evaluations.methods.inputs import BadInput, CellTable, GroupRatesInputs
from evaluations.methods.results import Figure, MethodReport, Metric, Table


def compute(
    inputs: GroupRatesInputs, parameters: GroupRatesParameters, *, seed: int
) -> MethodReport:
    """Return the rates of every group, their gaps and ratios, and the worst pairs.

    Rates lie in [0, 1]; parity is a difference of 0 and a ratio of 1; the worst difference is 1
    and the worst ratio 0 when one group has all and another nothing. Intervals: Clopper
    and Pearson's for rates; for differences and ratios the furthest ends that two of them reach
    together; simultaneous ones by Šidák over all pairs of compared groups; with weights or clusters
    all on effective sizes. Groups under the minimum are excluded before a reference is chosen.
    The seed serves the bootstrap of the calibration error only. Raises BadInput if the named
    reference is no group, or the table has no rows.
    """
    cells = inputs.cells
    if cells.rows == 0:
        message = "There are no rows to count."
        raise BadInput(message)
    _check_reference(cells, parameters.reference)
    overall = whole(inputs, parameters, seed)
    single = [
        analyse(inputs, parameters, (column,), seed=[seed, place])
        for place, column in enumerate(cells.columns, start=1)
    ]
    crossed = [
        analyse(inputs, parameters, columns, seed=[seed, 1000 + place])
        for place, columns in enumerate(_crossings(cells, parameters.intersections))
    ]
    metrics = [*overall]
    for analysis in [*single, *crossed]:
        metrics += by_group(analysis, parameters.level)
    tests: list[Tested] = []
    for analysis in single:
        compared, more = comparisons(analysis, parameters)
        metrics += compared
        tests += more
    impact, impact_tables = _impact([*single, *crossed], parameters)
    metrics += impact
    excluded = (
        *excluded_rows(inputs.design),
        *(item for analysis in [*single, *crossed] for item in excluded_groups(analysis)),
    )
    tables, figures = _shown(single, crossed, tuple(metrics), parameters)
    tables += [*_criteria(metrics, single), *impact_tables, *_findings(tests, parameters.level)]
    tables += [*_calibration(inputs, single), *design_tables(single, inputs.design)]
    if excluded:
        tables.append(exclusion_table(excluded))
    return MethodReport(
        method=KEY,
        version=VERSION,
        parameters=dataclasses.asdict(parameters),
        metrics=tuple(metrics),
        narrative=words.narrative(tuple(metrics), parameters, excluded, cells, inputs.design),
        excluded=excluded,
        tables=tuple(tables),
        figures=tuple(figures),
        diagnostics=diagnostics(inputs, single),
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


def _impact(
    analyses: list[Analysis], parameters: GroupRatesParameters
) -> tuple[list[Metric], list[Table]]:
    metrics: list[Metric] = []
    tables: list[Table] = []
    for analysis in analyses:
        found = impact_ratios(
            analysis.grouped,
            analysis.metrics,
            level=parameters.level,
            smallest_share=parameters.impact_smallest_share,
        )
        metrics += found
        tables.append(impact_table(analysis.grouped, analysis.metrics, found))
    return metrics, tables


def _criteria(metrics: list[Metric], single: list[Analysis]) -> list[Table]:
    found = [criteria_table(metrics, analysis.columns) for analysis in single]
    return [table for table in found if table is not None]


def _findings(tests: list[Tested], level: float) -> list[Table]:
    found = findings_table(tests, level)
    return [] if found is None else [found]


def _calibration(inputs: GroupRatesInputs, single: list[Analysis]) -> list[Table]:
    if inputs.scores is None or not inputs.cells.labelled:
        return []
    known = labelled(inputs.scores)
    return [
        calibration_table(
            known, item.grouped, membership(inputs.cells, item.columns)[0], item.minimum
        )
        for item in single
    ]
