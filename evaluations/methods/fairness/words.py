"""The finding in a sentence, and the four narrative fields, filled from the results."""

from __future__ import annotations

from collections.abc import Iterable

from evaluations.methods.fairness.spec import LIMITS, GroupRatesParameters
from evaluations.methods.inputs import CellTable, SampleDesign
from evaluations.methods.limits import named
from evaluations.methods.results import (
    Estimate,
    Exclusion,
    Metric,
    Narrative,
    NotEstimable,
    Pair,
)
from evaluations.methods.wording import digits_apart, plain, rows, span

WORST_SELECTION = "selection_rate_worst_difference"


def worst(metrics: Iterable[Metric], key: str, column: str) -> Metric | None:
    """Return the worst-pair metric of one group column."""
    for metric in metrics:
        if metric.metric == key and metric.by == (column,):
            return metric
    return None


def headline(
    metrics: tuple[Metric, ...], parameters: GroupRatesParameters, columns: tuple[str, ...]
) -> str:
    """Return the widest selection-rate gap over all group columns, with interval and rows."""
    found = [worst(metrics, WORST_SELECTION, column) for column in columns]
    usable = [m for m in found if m is not None and isinstance(m.outcome, Estimate)]
    if not usable:
        reasons = [m.outcome.reason for m in found if m and isinstance(m.outcome, NotEstimable)]
        return f"No groups could be compared: {'; '.join(reasons)}."
    return gap_sentence(max(usable, key=_value), parameters)


def _value(metric: Metric) -> float:
    return metric.outcome.value if isinstance(metric.outcome, Estimate) else -1.0


def gap_sentence(metric: Metric, parameters: GroupRatesParameters) -> str:
    """Return "Black applicants are approved 0.23 less often than White (0.17 to 0.31, 1,878 rows)".

    Interval and rows are those of the two groups that it names.
    """
    outcome, pair = metric.outcome, metric.pair
    if not isinstance(outcome, Estimate) or pair is None:
        return "The selection rates could not be compared."
    low = outcome.value if outcome.low is None else outcome.low
    high = outcome.value if outcome.high is None else outcome.high
    # A gap that two digits would print as 0.00 is shown with more, and so is a bound next to 0.
    digits = digits_apart(0.0, low, high, least=2 if round(outcome.value, 2) > 0.0 else 3)
    who, whom = _people(pair, parameters.people_word)
    return (
        f"{who} are {parameters.outcome_word} {plain(outcome.value, digits)} less often than {whom} "
        f"({span(low, high, digits)}, {rows(outcome.n)})."
    )


def _people(pair: Pair, people_word: str) -> tuple[str, str]:
    """Return both groups as people are named in a sentence, the lower one first.

    A value of the data may be any part of speech ("Woman", "Non-binary", "group 3"), and without
    a word for the people no noun is known that it would go with.
    """
    low, high = named(pair.low), named(pair.high)
    if people_word == GroupRatesParameters().people_word:
        return f"{people_word.capitalize()} recorded as {low}", f"those recorded as {high}"
    return f"{low[:1].upper()}{low[1:]} {people_word}", high


def narrative(
    metrics: tuple[Metric, ...],
    parameters: GroupRatesParameters,
    excluded: tuple[Exclusion, ...],
    cells: CellTable,
    design: SampleDesign | None = None,
) -> Narrative:
    """Return principle, technique, limitation and decision in the words of this run."""
    columns = " and ".join(cells.columns)
    errors = " and how often they are wrong" if cells.labelled else ""
    return Narrative(
        principle=(
            f"Who is {parameters.outcome_word} should not differ by {columns} without a reason "
            f"that stands up. This compares how often decisions favour each group{errors}."
        ),
        technique=_technique(parameters, excluded, cells) + _sampling(design),
        limitation=_limitation(cells, design),
        decision=_decision(metrics, parameters, cells.columns),
    )


def _technique(
    parameters: GroupRatesParameters, excluded: tuple[Exclusion, ...], cells: CellTable
) -> str:
    percent = plain(parameters.level * 100, 1).removesuffix(".0")
    left_out = {(tuple(item.group.items()), item.n) for item in excluded}
    listed = f" {len(left_out)} exclusions are listed with their size." if left_out else ""
    return (
        f"All {rows(cells.rows)} were counted by group, label and prediction, and the rates taken "
        f"from the counts. Rates carry exact {percent} % intervals (Clopper and Pearson); those of "
        "differences and ratios are the furthest that two of them reach together. Simultaneous bounds (Šidák) hold for all pairs "
        f"of groups at once. Groups and denominators under {parameters.minimum_group_size} rows "
        f"were excluded before a reference was chosen.{listed}"
    )


def _sampling(design: SampleDesign | None) -> str:
    if design is None:
        return ""
    weights = f"Rows are weighted by {design.weight_column}. " if design.weight_column else ""
    clusters = ""
    if design.cluster_column is not None:
        clusters = (
            f"Rows with the same {design.cluster_column} count as one cluster, and variances are "
            "those of whole clusters. "
        )
    return f" {weights}{clusters}Intervals rest on effective sizes; the design effects are listed."


def _independence(design: SampleDesign | None) -> str:
    if design is None:
        return " Rows are taken as independent and of equal weight."
    parts = []
    if design.weight_column is None:
        parts.append("Rows are taken as of equal weight.")
    else:
        parts.append(
            "Weights are taken as they are: the error of making them is not in the intervals."
        )
    if design.cluster_column is None:
        parts.append("Rows are taken as independent.")
    else:
        parts.append("Clusters are taken as independent of each other.")
    return " " + " ".join(parts)


def _limitation(cells: CellTable, design: SampleDesign | None) -> str:
    unlabelled = (
        ""
        if cells.labelled
        else " There is no label, so that errors could not be compared: only who was selected."
    )
    return LIMITS + _independence(design) + unlabelled


def _decision(
    metrics: tuple[Metric, ...], parameters: GroupRatesParameters, columns: tuple[str, ...]
) -> str:
    sentences = []
    for column in columns:
        found = worst(metrics, WORST_SELECTION, column)
        if found is None:
            continue
        if isinstance(found.outcome, NotEstimable):
            reason = found.outcome.reason
            sentences.append(f"By {column} nothing could be compared: {reason}.")
        else:
            sentences.append(f"By {column}: {gap_sentence(found, parameters)}")
    sentences.append(
        "A check compares bounds over all pairs of groups with its limit; the number alone decides "
        "nothing."
    )
    return " ".join(sentences)
