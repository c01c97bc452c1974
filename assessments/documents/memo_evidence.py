"""The evidence of a memo: numbers, figures, and what the release before gave."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assessments.documents import wording
from assessments.documents.facts import Change, Dossier, FigureFacts, Filed, Line, RunFacts

MOST_FIGURES = 2
"""Drawn: of a run on fairness, the rates and the gap. What else is drawn stands in its report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """One measured requirement before and now. run: the one that gave the number before."""

    title: str
    before: str
    now: str
    change: str
    run: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One number or fact, with what it rests on, and what the release before gave for it."""

    what: str
    value: str
    rows: str
    basis: str
    rests_on: str
    is_number: bool
    before: Before | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart of the evidence, with the run it comes from."""

    run: int
    source: str
    figure: FigureFacts


def evidence_of(
    dossier: Dossier, *, told: Container[str], before: Iterable[Before]
) -> tuple[Evidence, ...]:
    """Return how often each group is selected, then each requirement with what it rests on.

    What is met on a paper alone stands among what people attested, with who and when. What is
    open without a number stands on page one, which told it (keys) with its reason.
    """
    earlier = {item.title: item for item in before}
    return (
        *_group_rates(dossier),
        *(
            _evidence(line, earlier.get(line.title))
            for line in dossier.gate.lines
            if line.status != "not_applicable"
            and not _among_filed(line, dossier.filed)
            and not (line.numbers is None and line.key in told)
        ),
    )


def _evidence(line: Line, before: Before | None) -> Evidence:
    value = before.now if before else wording.numbers_text(line.numbers)
    if line.numbers is not None and line.numbers.get("decided"):
        value = f"{value}. {line.numbers['decided']}"
    if line.numbers is None:
        value = f"{line.status.replace('_', ' ').capitalize()}. {line.reason}".strip()
    return Evidence(
        what=line.title + wording.limit_of(line.title, line.numbers),
        value=value,
        rows=wording.rows_of(line.numbers),
        basis=line.basis,
        rests_on=line.rests_on or "None",
        is_number=line.numbers is not None,
        before=before,
    )


def settling_of(dossier: Dossier) -> tuple[str, ...]:
    """Return what would settle each measurement that stays open."""
    foreseen = dossier.plan.foreseen if dossier.plan else {}
    said = (wording.settling_text(line, foreseen) for line in dossier.gate.lines)
    return tuple(sentence for sentence in said if sentence)


def _group_rates(dossier: Dossier) -> tuple[Evidence, ...]:
    """Return how often each group is selected, ahead of what compares the groups."""
    return tuple(
        Evidence(
            what=f"Selection rate, {_named(metric['group'])}",
            value=wording.numbers_text(metric.get("estimate"))
            if "estimate" in metric
            else f"Not estimable: {metric['not_estimable']['reason']}",
            rows=f"{_inner(metric)['n']:,}",
            basis="measured",
            rests_on=f"Run {run.id}",
            is_number="estimate" in metric,
        )
        for run in dossier.runs
        for metric in run.metrics
        if metric["metric"] == "selection_rate" and metric["group"]
    )


def _named(group: Mapping[str, str]) -> str:
    return ", ".join(f"{column} {value}" for column, value in group.items())


def _inner(metric: Mapping[str, Any]) -> Mapping[str, Any]:
    inner: Mapping[str, Any] = metric.get("estimate") or metric["not_estimable"]
    return inner


def figures_of(dossier: Dossier) -> tuple[Figure, ...]:
    """Return the figures that the memo draws: what the groups' rates and gaps look like.

    Where no groups were compared, the first figure of each run.
    """
    return tuple(
        Figure(run=run.id, source=run.title, figure=item)
        for run in wording.fairness_first(dossier.runs)
        for item in _with_drawing(run)[: _most(run, dossier)]
    )


def not_drawn(dossier: Dossier) -> tuple[str, ...]:
    """Return how many figures only the report of each run draws: "12 of run 7"."""
    counts = [
        (run.id, len(_with_drawing(run)[_most(run, dossier) :]))
        for run in wording.fairness_first(dossier.runs)
    ]
    return tuple(f"{number} of run {pk}" for pk, number in counts if number)


def _with_drawing(run: RunFacts) -> list[FigureFacts]:
    return [item for item in run.figures if item.svg]


def _most(run: RunFacts, dossier: Dossier) -> int:
    if run.method.startswith("fairness"):
        return MOST_FIGURES
    return 0 if any(item.method.startswith("fairness") for item in dossier.runs) else 1


def _among_filed(line: Line, filed: tuple[Filed, ...]) -> bool:
    """Return whether a met line stands, with who and when, among what people attested."""
    own = line.rests_on
    return line.status == "met" and any(
        item.label == own or item.label.startswith(f"{own},") for item in filed
    )


def before_of(dossier: Dossier) -> tuple[Before, ...]:
    """Return each measured requirement beside what the release before gave for it."""
    return tuple(_changed(change) for change in dossier.changes)


def before_from(before: Iterable[Before], version: str) -> str:
    """Return which run gave each number of the release before; the one that gave most, once."""
    titles: dict[int, list[str]] = {}
    for item in before:
        titles.setdefault(item.run, []).append(item.title)
    if not titles:
        return ""
    first, *rest = sorted(titles, key=lambda run: (-len(titles[run]), run))
    others = "".join(f"; run {run} for: {', '.join(titles[run])}" for run in rest)
    return f"The numbers of release {version} come from run {first}{others}."


def _changed(change: Change) -> Before:
    now = change.now
    before = {**change.before, "threshold": now.get("threshold")}
    digits = wording.change_digits(before, now)
    return Before(
        title=change.title,
        before=wording.numbers_text(before, least=digits),
        now=wording.numbers_text(now, least=digits),
        change=wording.change_text(before, now),
        run=change.before_run,
    )
