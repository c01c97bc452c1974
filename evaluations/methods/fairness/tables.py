"""Tables of group rates: what was selected, every rate at a glance, pairs, and who was left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from evaluations.methods.cells import Grouped
from evaluations.methods.fairness.comparisons import Pairs
from evaluations.methods.fairness.spec import COMPOSITE_TITLES, RATE_TITLES
from evaluations.methods.limits import named
from evaluations.methods.results import (
    Estimate,
    Exclusion,
    Metric,
    NotEstimable,
    Scalar,
    Table,
)
from evaluations.methods.wording import said

MOST_PAIRS = 30
"""Pairs listed for each metric by the width of their gap, and as many by their ratio."""

TITLES: Mapping[str, str] = {
    **{base.key: base.title for base in (*RATE_TITLES, *COMPOSITE_TITLES)},
    "expected_calibration_error": "Expected calibration error",
}
PAIR_COLUMNS = (
    "metric",
    "higher",
    "lower",
    "difference",
    "low",
    "high",
    "simultaneous low",
    "simultaneous high",
    "ratio",
    "ratio low",
    "ratio high",
    "ratio simultaneous low",
    "ratio simultaneous high",
    "rows",
)


def pair_table_key(columns: tuple[str, ...]) -> str:
    """Return the key of the table of pairs."""
    return "pairs_" + "_".join(columns)


def in_groups(metrics: Iterable[Metric], key: str, columns: tuple[str, ...]) -> list[Metric]:
    """Return a metric's results in the groups of exactly these columns."""
    return [
        metric
        for metric in metrics
        if metric.metric == key and metric.group is not None and tuple(metric.group) == columns
    ]


def selection_table(metrics: tuple[Metric, ...], columns: tuple[str, ...], word: str) -> Table:
    """Return rows and selection rate of every group, excluded and unrecorded ones included."""
    sizes = {named(m.group or {}): m.outcome.n for m in in_groups(metrics, "count", columns)}
    rows: list[tuple[Scalar, ...]] = []
    for metric in in_groups(metrics, "selection_rate", columns):
        group = metric.group or {}
        rows.append((*group.values(), sizes[named(group)], *_numbers(metric)))
    return Table(
        key="selection_rate_" + "_".join(columns),
        title=f"Share {word} by {' and '.join(columns)}",
        columns=(*columns, "rows", "rate", "low", "high", "note"),
        rows=tuple(rows),
        note="Exact intervals (Clopper and Pearson). Groups with a note are shown and not compared.",
    )


def _numbers(metric: Metric) -> tuple[Scalar, ...]:
    outcome = metric.outcome
    if isinstance(outcome, NotEstimable):
        return (None, None, None, f"not estimable: {outcome.reason}")
    return (outcome.value, outcome.low, outcome.high, "")


def rate_table(metrics: tuple[Metric, ...], column: str) -> Table:
    """Return every metric at a glance: a row for each, a column for each group."""
    groups = [m.group or {} for m in in_groups(metrics, "count", (column,))]
    rows: list[tuple[Scalar, ...]] = []
    for key, title in TITLES.items():
        found = {named(m.group or {}): m.outcome for m in in_groups(metrics, key, (column,))}
        if found:
            rows.append((title, *(said(found[named(group)]) for group in groups)))
    return Table(
        key=f"rates_{column}",
        title=f"All rates by {column}",
        columns=("metric", *(named(group) for group in groups)),
        rows=tuple(rows),
        note="Value, interval, and the rows in the denominator.",
    )


def pair_table(grouped: Grouped, found: Mapping[str, Pairs]) -> Table:
    """Return the pairs of every metric, widest gap first, with both kinds of bounds."""
    rows: list[tuple[Scalar, ...]] = []
    most = 0
    for key, pairs in found.items():
        most = max(most, len(pairs.gaps))
        rows += [_pair_row(grouped, key, pairs, at) for at in _listed(pairs)]
    note = "Own bounds hold for the pair alone, simultaneous ones for all pairs of the metric."
    if most > MOST_PAIRS:
        note += f" Of each metric's {most} pairs the {MOST_PAIRS} with the widest gaps and as many with the lowest ratios are listed."
    columns = grouped.columns
    return Table(
        key=pair_table_key(columns),
        title=f"Pairs of groups by {' and '.join(columns)}",
        columns=PAIR_COLUMNS,
        rows=tuple(rows),
        note=note,
    )


def _listed(pairs: Pairs) -> list[int]:
    """Return the places of the pairs to list, widest gap first."""
    chosen = set(np.argsort(-pairs.gaps, kind="stable")[:MOST_PAIRS].tolist())
    if pairs.ratios is not None:
        ratios = np.where(pairs.ratios.defined, pairs.ratios.values, np.inf)
        chosen |= set(np.argsort(ratios, kind="stable")[:MOST_PAIRS].tolist())
    return sorted(chosen, key=lambda at: (-pairs.gaps[at], at))


def _pair_row(grouped: Grouped, key: str, pairs: Pairs, at: int) -> tuple[Scalar, ...]:
    ratios: tuple[Scalar, ...] = (None,) * 5
    if pairs.ratios is not None and pairs.ratios.defined[at]:
        ratio = pairs.ratios
        ratios = (
            float(ratio.values[at]),
            float(ratio.own.low[at]),
            float(ratio.own.high[at]),
            float(ratio.simultaneous.low[at]),
            float(ratio.simultaneous.high[at]),
        )
    return (
        key,
        named(grouped.group(int(pairs.high[at]))),
        named(grouped.group(int(pairs.low[at]))),
        float(pairs.gaps[at]),
        float(pairs.own.low[at]),
        float(pairs.own.high[at]),
        float(pairs.simultaneous.low[at]),
        float(pairs.simultaneous.high[at]),
        *ratios,
        int(pairs.rows[at]),
    )


def exclusion_table(excluded: tuple[Exclusion, ...]) -> Table:
    """Return who was left out of which comparison, how many they are and why."""
    return Table(
        key="excluded",
        title="Left out of comparisons",
        columns=("column", "group", "rows", "left out of", "reason"),
        rows=tuple(
            (
                ", ".join(item.group),
                named(item.group),
                item.n,
                ", ".join(TITLES[key] for key in item.metrics) or "Every comparison",
                item.reason,
            )
            for item in excluded
        ),
    )


def estimates(found: Iterable[Metric]) -> list[tuple[Metric, Estimate]]:
    """Return the metrics that have an estimate, with it."""
    return [(m, m.outcome) for m in found if isinstance(m.outcome, Estimate)]
