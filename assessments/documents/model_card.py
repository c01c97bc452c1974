"""The model card: what the model is for, on what it was tried, and what came out, by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assessments.documents import wording
from assessments.documents.facts import Dossier, FigureFacts, RiskFacts, RunFacts
from assessments.documents.small_numbers import number_text

SCHEMA = "rai-model-card/1"
NOT_SAID = "Not said."
SHOWN = {
    "base_rate": "Positive label",
    "selection_rate": "Selected",
    "true_positive_rate": "True positive rate",
    "false_positive_rate": "False positive rate",
    "precision": "Precision",
    "accuracy": "Accuracy",
    "auc": "Area under ROC",
}
MOST_FEATURES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One estimate of a table: the value, and the interval below it."""

    value: str
    interval: str
    is_number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One group with its rows and its estimates, in the order of the table's columns."""

    group: str
    rows: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTable:
    """Estimates by group from one run, with 95 % intervals."""

    run: int
    by: str
    columns: tuple[str, ...]
    rows: tuple[GroupRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherMetric:
    """An estimate of a run that is not by group."""

    what: str
    value: str
    rows: str
    run: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFigure:
    """A chart, with its run."""

    run: int
    source: str
    figure: FigureFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """The card, ready to be set."""

    gate_label: str
    as_of: str
    described: tuple[tuple[str, str], ...]
    intended: tuple[tuple[str, str], ...]
    groups: tuple[GroupTable, ...]
    others: tuple[OtherMetric, ...]
    figures: tuple[CardFigure, ...]
    excluded: tuple[str, ...]
    ethics: tuple[RiskFacts, ...]
    sensitive: str
    caveats: tuple[str, ...]
    missing: tuple[str, ...]
    runs: tuple[RunFacts, ...]
    dossier: Dossier


def build_model_card(dossier: Dossier) -> ModelCard:
    """Return the card. Every number comes from a run; what was not measured is said."""
    runs = wording.fairness_first(dossier.runs)
    return ModelCard(
        gate_label="Gate" if dossier.decision is None else "Gate when it was decided",
        as_of=_as_of(dossier),
        described=_described(dossier),
        intended=_intended(dossier),
        groups=tuple(table for run in runs for table in _tables(run)),
        others=tuple(item for run in runs for item in _others(run)),
        figures=tuple(
            CardFigure(run=run.id, source=run.title, figure=figure)
            for run in runs
            for figure in _figures(run)
        ),
        excluded=tuple(wording.excluded_text(run) for run in runs if run.excluded),
        ethics=tuple(risk for risk in dossier.risks if not risk.closed),
        sensitive=wording.sensitive_text(dossier),
        caveats=_caveats(dossier),
        missing=tuple(
            f"{line.title}: {line.reason}"
            for line in dossier.gate.lines
            if line.category == "evaluation"
            and line.basis == "missing"
            and line.status != "not_applicable"
        ),
        runs=runs,
        dossier=dossier,
    )


def _as_of(dossier: Dossier) -> str:
    """Return when the gate was as the card shows it, and what became of it."""
    written = f"{dossier.read_at:%Y-%m-%d %H:%M} UTC"
    gate, decision = wording.OUTCOME_WORDS[dossier.gate.outcome], dossier.decision
    if decision is None:
        return f"Nobody has decided on this scope. On {written} the release was {gate}."
    until = f", until {decision.expires_on}" if decision.expires_on else ""
    return (
        f"This card tells what the deciders saw on {decision.at:%Y-%m-%d %H:%M} UTC: the release "
        f"was {gate}. They decided {wording.DECISION_WORDS[decision.kind]}{until}. When the card "
        f"was written, on {written}, the release was "
        f"{wording.OUTCOME_WORDS[dossier.outcome_now]}."
    )


def _figures(run: RunFacts) -> list[FigureFacts]:
    """Return two figures of a run on fairness, the first of any other."""
    drawn = [item for item in run.figures if item.svg]
    return drawn[: 2 if run.method.startswith("fairness") else 1]


def _described(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    system, release = dossier.system, dossier.release
    model = release.model
    return (
        ("System", system.name),
        ("Kind", system.kind),
        ("Release", release.version),
        ("Changed", release.change_summary or NOT_SAID),
        ("Model", f"{model.name}, {model.format}" if model else "No model file is kept."),
        ("Features", f"{len(model.features)}: {', '.join(model.features)}" if model and model.features
         else "Not read from a model file."),
        ("Owner", system.owner),
        ("Portfolio", system.portfolio),
        ("Model digest", model.sha256 if model else "None"),
    )  # fmt: skip


def _intended(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    system = dossier.system
    return (
        ("Purpose", system.purpose or NOT_SAID),
        ("Intended use", system.intended_use or NOT_SAID),
        ("Out of scope", system.out_of_scope_uses or NOT_SAID),
        ("Who uses it", system.users or NOT_SAID),
        ("Who is affected", system.affected_groups or NOT_SAID),
        ("Decisions", system.decisions or NOT_SAID),
        ("Where", system.jurisdictions or NOT_SAID),
    )


def _tables(run: RunFacts) -> tuple[GroupTable, ...]:
    """Return one table for each column (or crossing of columns) that groups were formed by."""
    by_columns: dict[tuple[str, ...], dict[str, dict[str, Mapping[str, Any]]]] = {}
    for metric in run.metrics:
        if not metric["group"] or "reference" in metric or metric["metric"] not in SHOWN:
            continue
        groups = by_columns.setdefault(tuple(metric["group"]), {})
        groups.setdefault(wording.group_text(metric["group"]), {})[metric["metric"]] = metric
    return tuple(_table(run, columns, groups) for columns, groups in by_columns.items())


def _table(
    run: RunFacts, columns: tuple[str, ...], groups: dict[str, dict[str, Mapping[str, Any]]]
) -> GroupTable:
    shown = [key for key in SHOWN if any(key in metrics for metrics in groups.values())]
    return GroupTable(
        run=run.id,
        by=" and ".join(columns),
        columns=tuple(SHOWN[key] for key in shown),
        rows=tuple(
            GroupRow(
                group=group,
                rows=_rows(metrics),
                cells=tuple(_cell(metrics.get(key)) for key in shown),
            )
            for group, metrics in groups.items()
        ),
    )


def _cell(metric: Mapping[str, Any] | None) -> Cell:
    if metric is None:
        return Cell(value="–", interval="", is_number=False)
    if "not_estimable" in metric:
        return Cell(
            value="Not estimable", interval=metric["not_estimable"]["reason"], is_number=False
        )
    value, _, interval = number_text(metric).partition(" (")
    return Cell(value=value, interval=interval.removesuffix(")"), is_number=True)


def _rows(metrics: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the rows of the group: the widest denominator among its estimates."""
    sizes = [(item.get("estimate") or item["not_estimable"])["n"] for item in metrics.values()]
    return f"{max(sizes):,}"


def _others(run: RunFacts) -> tuple[OtherMetric, ...]:
    if run.method.startswith("fairness"):
        kept = [
            item
            for item in run.metrics
            if item["group"] is None and item["metric"] in SHOWN and "estimate" in item
        ]
        return tuple(_other(run, item, SHOWN[item["metric"]]) for item in kept)
    by_feature = [
        item for item in run.metrics if item["metric"] == "mean_absolute_attribution"
        and "estimate" in item
    ]  # fmt: skip
    ordered = sorted(by_feature, key=lambda item: -item["estimate"]["value"])[:MOST_FEATURES]
    return tuple(
        _other(run, item, f"Mean absolute attribution, {wording.group_text(item['group'])}")
        for item in ordered
    )


def _other(run: RunFacts, item: Mapping[str, Any], what: str) -> OtherMetric:
    return OtherMetric(
        what=what, value=number_text(item), rows=f"{item['estimate']['n']:,}", run=run.id
    )


def _caveats(dossier: Dossier) -> tuple[str, ...]:
    said = dict.fromkeys(
        f"{run.narrative['limitation']} (run {run.id})"
        for run in dossier.runs
        if run.narrative.get("limitation")
    )
    return (*said, *wording.STANDING_LIMITS)
