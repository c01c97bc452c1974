"""Tables behind the figures of `attribution.shap`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluations.methods.attribution.explained import Case, Explained
from evaluations.methods.attribution.groups import FeatureGap
from evaluations.methods.attribution.ranking import Ranked
from evaluations.methods.results import Scalar, Table

SHOWN_PARTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One bar of a waterfall: kind is "total", "up" or "down"; from start to end."""

    label: str
    kind: str
    start: float
    end: float


def feature_table(explained: Explained, ranked: Sequence[Ranked]) -> Table:
    """One row per feature, in order of the mean absolute attribution."""
    rows = tuple(
        (
            entry.feature,
            entry.absolute.value,
            entry.absolute.low,
            entry.absolute.high,
            None if entry.share is None else entry.share.value,
            entry.average,
            entry.direction,
            explained.rows,
        )
        for entry in ranked
    )
    columns = ("Feature", "Mean absolute attribution", "Low", "High", "Share", "Mean", "Direction")
    return Table(
        key="features",
        title="Attribution by feature",
        columns=(*columns, "Rows"),
        rows=rows,
        note=f"In {explained.output_name}; intervals over rows at {explained.parameters.level:.1%}.",
    )


def gap_table(gaps: Sequence[FeatureGap]) -> Table:
    """One row per pair and feature."""
    return Table(
        key="groups",
        title="Attribution by group",
        columns=(
            "Column",
            "Group",
            "Reference",
            "Feature",
            "Difference of mean attribution",
            "Low",
            "High",
            "Simultaneous low",
            "Simultaneous high",
            "Tells the group alone (Somers' D)",
            "Reliance",
            "Rows",
        ),
        rows=tuple(_gap_row(entry) for entry in gaps),
        note="Group less reference. Simultaneous bounds hold for all rows of this table at once.",
    )


def _gap_row(entry: FeatureGap) -> tuple[Scalar, ...]:
    return (
        entry.pair.column,
        entry.pair.group,
        entry.pair.reference,
        entry.feature,
        entry.gap.own.value,
        entry.gap.own.low,
        entry.gap.own.high,
        entry.gap.simultaneous.low,
        entry.gap.simultaneous.high,
        None if entry.association is None else entry.association.value,
        None if entry.reliance is None else entry.reliance.value,
        entry.pair.n,
    )


def case_table(explained: Explained) -> Table:
    """Every feature of every case: only what the model was given, no identifier."""
    rows: list[tuple[Scalar, ...]] = []
    for case in explained.cases:
        number = int(explained.row_numbers[case.position])
        rows.append((number, case.why, "base", None, explained.base))
        for place in _by_size(explained, case):
            value = float(explained.inputs[case.position, place])
            shown = None if math.isnan(value) else value
            effect = float(explained.values[case.position, place])
            rows.append((number, case.why, explained.features[place], shown, effect))
        rows.append((number, case.why, "output", None, float(explained.margins[case.position])))
    return Table(
        key="cases",
        title="Cases one by one",
        columns=("Row", "Why shown", "Part", "Value", "Attribution"),
        rows=tuple(rows),
        note=f"In {explained.output_name}. Base plus attributions is the output. Rows count from 1.",
    )


def _by_size(explained: Explained, case: Case) -> list[int]:
    sizes = np.abs(explained.values[case.position])
    return [int(place) for place in np.argsort(-sizes, kind="stable")]


def steps(explained: Explained, case: Case) -> tuple[Step, ...]:
    """The waterfall of a case: base, its largest parts, the rest together, the output."""
    order = _by_size(explained, case)
    shown = order if len(order) <= SHOWN_PARTS + 1 else order[:SHOWN_PARTS]
    found = [Step(label="Base value", kind="total", start=0.0, end=explained.base)]
    at = explained.base
    for place in shown:
        value = float(explained.inputs[case.position, place])
        label = f"{explained.features[place]} {_say(value)}"
        effect = float(explained.values[case.position, place])
        found.append(_step(label, at, effect))
        at += effect
    rest = order[len(shown) :]
    if rest:
        effect = float(explained.values[case.position, rest].sum())
        found.append(_step(f"{len(rest)} other features", at, effect))
        at += effect
    number = int(explained.row_numbers[case.position])
    found.append(Step(label=f"Output for row {number:,}", kind="total", start=0.0, end=at))
    return tuple(found)


def _step(label: str, start: float, effect: float) -> Step:
    return Step(label=label, kind="up" if effect >= 0 else "down", start=start, end=start + effect)


def _say(value: float) -> str:
    return "= missing" if math.isnan(value) else f"= {value:,.4g}"
