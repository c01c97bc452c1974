"""What the evaluation report of a run says, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from evaluations.choices import Direction, VerdictWord
from evaluations.documents.numbers import cell, when
from evaluations.methods import catalogue
from evaluations.methods.results import Scalar
from evaluations.methods.wording import capital
from evaluations.services.looks import look_facts
from evaluations.services.metrics import left_out, metric_title, reason_text
from evaluations.services.provenance_text import provenance_lines
from rai_portal.documents.figures import data_uri
from rai_portal.web.shapes import face, shape_data_uri

if TYPE_CHECKING:
    from evaluations.models import Check, Run, RunVerdict

MOST_ROWS = 40
"""Rows of a table that the document prints; all of them are in the attached record."""
_WORST_FIRST = (
    VerdictWord.ERROR,
    VerdictWord.FAIL,
    VerdictWord.NOT_ESTIMABLE,
    VerdictWord.INCONCLUSIVE,
    VerdictWord.PASS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the reader came for. tone: good, bad, unsure or absent."""

    word: str
    tone: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One check with what the run says of it."""

    title: str
    limit: str
    word: str
    tone: str
    shape: str
    sentence: str
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureBlock:
    """A figure as an image with its text alternative."""

    number: int
    source: str
    alternative: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableBlock:
    """A table for print. numeric: by column, whether it is aligned as numbers."""

    title: str
    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str
    left_out: int

    @property
    def wide(self) -> bool:
        """Whether it needs small print to stay on the page."""
        return len(self.columns) > 7

    @property
    def heads(self) -> tuple[tuple[str, bool], ...]:
        """Return headings with whether they stand over numbers."""
        return tuple(zip(self.columns, self.numeric, strict=True))

    @property
    def body(self) -> tuple[tuple[tuple[str, bool], ...], ...]:
        """Return cells with whether they are numbers."""
        return tuple(tuple(zip(row, self.numeric, strict=True)) for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """All that the template shows."""

    title: str
    subject: str
    made_on: str
    foot: str
    address: str
    answer: Answer
    facts: tuple[tuple[str, str], ...]
    checks: tuple[CheckLine, ...]
    look: str
    figures: tuple[FigureBlock, ...]
    tables: tuple[TableBlock, ...]
    excluded: tuple[tuple[str, str, str, str], ...]
    diagnostics: tuple[tuple[str, str, str], ...]
    narrative: tuple[tuple[str, str], ...]
    confirmed: str
    provenance: tuple[tuple[str, str], ...]
    result_digest: str

    @property
    def turned(self) -> bool:
        """Whether the tables end on landscape pages, so that what follows turns back."""
        return any(table.wide for table in self.tables)


def content(run: Run) -> ReportContent:
    """Return the report of a run that succeeded."""
    record: Mapping[str, Any] = run.result or {}
    verdicts = list(run.verdicts.select_related("check_row").order_by("check_row__position", "pk"))
    spec = catalogue.get(run.method)
    return ReportContent(
        title=f"{spec.title}: {run.dataset.name}",
        subject=str(run.release) if run.release else "Quick audit, tied to no release",
        made_on=when(run.ended_at),
        foot=f"Run {run.pk} · result {run.result_digest[:12]}"
        + (f" · scope {run.scope_digest[:12]}" if run.scope_digest else ""),
        address=_address(run),
        answer=_answer(run, verdicts),
        facts=_facts(run, spec.title),
        checks=tuple(_check(verdict) for verdict in verdicts),
        look=look_facts(run).sentence,
        figures=tuple(
            _figure(number, item) for number, item in enumerate(record["figures"], start=1)
        ),
        # Wide ones last: they are set on landscape pages, and each turn of the page costs one.
        tables=tuple(
            sorted((_table(run.method, item) for item in record["tables"]), key=lambda it: it.wide)
        ),
        excluded=tuple(
            (
                ", ".join(item.group.values()),
                f"{item.n:,}",
                capital(item.where),
                reason_text(item.reason),
            )
            for item in left_out(record)
        ),
        diagnostics=tuple(
            (item["title"], {True: "Held", False: "Did not hold", None: ""}[item["passed"]],
             item["detail"])
            for item in record["diagnostics"]
        ),
        narrative=tuple(
            (name.capitalize(), record["narrative"][name])
            for name in ("principle", "technique", "limitation", "decision")
        ),
        confirmed=_confirmed(run),
        provenance=provenance_lines(record["provenance"], seed=run.seed),
        result_digest=run.result_digest,
    )  # fmt: skip


def _address(run: Run) -> str:
    try:
        return settings.BASE_URL + reverse("run_detail", args=[run.pk])
    except NoReverseMatch:
        return ""


def _answer(run: Run, verdicts: list[RunVerdict]) -> Answer:
    if not verdicts:
        return Answer(word="", tone="absent", why=run.headline)
    counts = {word: sum(row.verdict == word for row in verdicts) for word in _WORST_FIRST}
    worst = next(word for word in _WORST_FIRST if counts[word])
    told = ", ".join(
        f"{counts[word]} {face('verdict', word).word.lower()}"
        for word in _WORST_FIRST
        if counts[word]
    )
    checks = f"{len(verdicts)} check" + ("" if len(verdicts) == 1 else "s")
    tone = str(face("verdict", worst).tone)
    return Answer(word=f"{checks}: {told}", tone=tone, why=run.headline)


def _facts(run: Run, method: str) -> tuple[tuple[str, str], ...]:
    rows = run.inputs["data"].get("rows")
    data = run.dataset.name if rows is None else f"{run.dataset.name}, {rows:,} rows"
    facts = [
        ("Run", f"{run.pk} ({'counts' if run.counts else 'exploration'})"),
        ("Method", f"{method} {run.method_version}"),
        ("Data", data),
    ]
    if run.model is not None:
        facts.append(("Model", run.model.name))
    groups = run.inputs["columns"]["groups"]
    if groups:
        facts.append(("Groups", ", ".join(groups)))
    return (*facts, ("Started by", str(run.started_by)), ("Ended", when(run.ended_at)))


def _check(verdict: RunVerdict) -> CheckLine:
    look = face("verdict", verdict.verdict)
    return CheckLine(
        title=verdict.check_row.short_title,
        limit=limit_text(verdict.check_row),
        word=look.word,
        tone=str(look.tone),
        shape=shape_data_uri("verdict", verdict.verdict),
        sentence=verdict.sentence,
        needs=verdict.needs,
    )


def limit_text(check: Check) -> str:
    """Return "at most 0.10", or what is asked where there is no limit."""
    if check.threshold is None:
        return str(Direction(check.direction).label)
    number = format(check.threshold.normalize(), "f")
    whole, _, decimals = number.partition(".")
    return f"{Direction(check.direction).label} {whole}.{decimals.ljust(2, '0')}"


def _figure(number: int, item: Mapping[str, Any]) -> FigureBlock:
    return FigureBlock(
        number=number,
        source=data_uri(item["svg"]),
        alternative=item["text_alternative"],
        caption=item["title"],
    )


def _table(method: str, item: Mapping[str, Any]) -> TableBlock:
    rows = item["rows"]
    numeric = tuple(
        any(isinstance(row[place], int | float) for row in rows)
        for place in range(len(item["columns"]))
    )
    return TableBlock(
        title=item["title"],
        columns=tuple(capital(name) for name in item["columns"]),
        numeric=numeric,
        rows=tuple(tuple(_words(method, value) for value in row) for row in rows[:MOST_ROWS]),
        note=item["note"],
        left_out=max(len(rows) - MOST_ROWS, 0),
    )


def _words(method: str, value: Scalar) -> str:
    """Return a cell; keys of metrics are printed by their title."""
    if isinstance(value, str) and any(spec.key == value for spec in catalogue.get(method).metrics):
        return metric_title(method, value)
    return cell(value)


def _confirmed(run: Run) -> str:
    if run.narrative_confirmed_by is None:
        return "Filled in by the method; no person has confirmed it."
    day = when(run.narrative_confirmed_at)
    return f"Filled in by the method; read and confirmed by {run.narrative_confirmed_by}, {day}."
