"""The go/no-go memo: what the board needs, in the order in which it needs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assessments.documents import wording
from assessments.documents.facts import (
    Approver,
    Change,
    ConditionFacts,
    Dossier,
    FigureFacts,
    Filed,
    Line,
    RiskFacts,
    RunFacts,
)
from assessments.rules.statuses import PASSING

SCHEMA = "rai-memo/1"
TONES = {"go": "good", "go_with_conditions": "unsure", "no_go": "bad", "": "absent"}
WORDS = {"go": "Go", "go_with_conditions": "Go with conditions", "no_go": "No-go", "": "None yet"}
MOST_FIGURES = 2
"""Drawn: of a run on fairness, the rates and the gap. What else is drawn stands in its report."""
MOST_OPEN = 9
"""More open requirements than this are folded on page one: what is missing becomes a sentence."""
FOLDED_IN_A_LINE = 3
SHORT = 12
SHORT_WHY = 500
"""With no more lines and letters than these, page one has room to spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One number or fact, with what it rests on."""

    what: str
    value: str
    rows: str
    basis: str
    rests_on: str
    is_number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """One measured requirement before and after."""

    what: str
    before: str
    now: str
    change: str
    runs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart of the evidence, with the run it comes from."""

    run: int
    source: str
    figure: FigureFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """The memo, ready to be set. status: draft, or decided."""

    status: str
    headline_label: str
    headline_kind: str
    headline_word: str
    tone: str
    why: str
    recommended: str
    session: str
    author: str
    frozen: str
    tier: str
    tier_reasons: tuple[str, ...]
    opened: tuple[Line, ...]
    folded: tuple[Line, ...]
    not_applicable: tuple[Line, ...]
    asked: int
    rest: str
    risks_over: tuple[RiskFacts, ...]
    risks_open: int
    risks_unrated: tuple[RiskFacts, ...]
    conditions: tuple[ConditionFacts, ...]
    conditions_title: str
    approvers: tuple[Approver, ...]
    quorum: str
    evidence: tuple[Evidence, ...]
    figures: tuple[Figure, ...]
    settling: tuple[str, ...]
    not_drawn: tuple[str, ...]
    excluded: tuple[str, ...]
    before: tuple[Before, ...]
    narratives: tuple[RunFacts, ...]
    looks: tuple[str, ...]
    limits: str
    sensitive: str
    standing: tuple[str, ...]
    risks: tuple[RiskFacts, ...]
    filed: tuple[Filed, ...]
    dossier: Dossier

    @property
    def short(self) -> bool:
        """Whether page one is far from full, so that the evidence begins on a page of its own."""
        lists = (self.opened, self.risks_over, self.conditions, self.approvers)
        lines = sum(map(len, lists)) + len(self.folded) // FOLDED_IN_A_LINE
        return lines <= SHORT and len(self.why + self.recommended) < SHORT_WHY

    @property
    def folded_count(self) -> int:
        """How many open requirements page one only names."""
        return len(self.folded)

    @property
    def conditions_due(self) -> dt.date | None:
        """The day by which all conditions are due; None where their days differ."""
        days = {item.due for item in self.conditions}
        return days.pop() if len(days) == 1 else None

    @property
    def sign_here(self) -> bool:
        """Whether the last page has a table of signatures: page one holds a single one in full."""
        return bool(self.approvers) and (self.status == "draft" or len(self.signed) > 1)

    @property
    def signed(self) -> tuple[Approver, ...]:
        """Who has signed, in the order in which they did."""
        return tuple(person for person in self.approvers if person.decision)

    @property
    def may_sign(self) -> tuple[Approver, ...]:
        """Who may still sign."""
        return tuple(
            person for person in self.approvers if not person.decision and not person.had_a_hand
        )

    @property
    def recused(self) -> tuple[Approver, ...]:
        """Who would decide, and cannot by having had a hand in it."""
        return tuple(
            person for person in self.approvers if not person.decision and person.had_a_hand
        )


def build_memo(dossier: Dossier) -> Memo:
    """Return the memo of a release: a draft for the board, or what the board decided."""
    kind, label = _headline(dossier)
    lines = dossier.gate.lines
    runs = wording.fairness_first(dossier.runs)
    risks = tuple(risk for risk in dossier.risks if not risk.closed)
    review, decision = dossier.review, dossier.decision
    opened, folded = _opened(lines)
    return Memo(
        status="decided" if decision else "draft",
        headline_label=label,
        headline_kind=kind,
        headline_word=WORDS[kind],
        tone=TONES[kind],
        why=_why(dossier),
        recommended=_recommended(dossier),
        session=str(review.session) if review and review.session else "",
        author=review.by if review else "",
        frozen=f"{dossier.read_at:%Y-%m-%d %H:%M} UTC",
        tier="Not known" if dossier.tier.tier is None else f"Tier {dossier.tier.tier}",
        tier_reasons=_tier_reasons(dossier),
        opened=opened,
        folded=folded,
        not_applicable=tuple(line for line in lines if line.status == "not_applicable"),
        asked=sum(line.status != "not_applicable" for line in lines),
        rest=wording.rest_text(dossier),
        risks_over=tuple(risk for risk in risks if risk.over and not risk.accepted),
        risks_open=len(risks),
        risks_unrated=tuple(risk for risk in risks if not risk.level),
        conditions=_conditions(dossier),
        conditions_title=_conditions_title(dossier),
        approvers=dossier.approvers,
        quorum=dossier.quorum,
        evidence=(
            *_group_rates(dossier),
            *(
                _evidence(line)
                for line in lines
                if line.status != "not_applicable" and not _among_filed(line, dossier.filed)
            ),
        ),
        figures=_figures(dossier),
        settling=_settling(dossier),
        not_drawn=_not_drawn(dossier),
        excluded=tuple(wording.excluded_text(run) for run in runs if run.excluded),
        before=_before(dossier),
        narratives=runs,
        looks=tuple(wording.looks_text(run) for run in runs),
        limits=wording.limits_text(dossier),
        sensitive=wording.sensitive_text(dossier),
        standing=wording.STANDING_LIMITS,
        risks=risks,
        filed=dossier.filed,
        dossier=dossier,
    )


def _headline(dossier: Dossier) -> tuple[str, str]:
    if dossier.decision is not None:
        return dossier.decision.kind, "Decision"
    if dossier.review is not None:
        return dossier.review.recommendation, "Recommendation, not decided yet"
    return "", "Recommendation"


def _why(dossier: Dossier) -> str:
    if dossier.decision is not None:
        return dossier.decision.reason
    if dossier.review is not None:
        return dossier.review.rationale
    return f"Nobody has recommended a decision yet. {dossier.gate.reason}"


def _recommended(dossier: Dossier) -> str:
    """Return what the analyst recommended beside a decision; its reason not twice on one page."""
    review, decision = dossier.review, dossier.decision
    if review is None or decision is None:
        return ""
    word = f"{WORDS[review.recommendation]}."
    first, apart, rest = review.rationale.strip().partition(". ")
    if (
        apart
        and rest
        and f"{first}." in decision.reason
        and review.rationale not in decision.reason
    ):
        return f"{word} The same, and: {rest}"
    if review.rationale.strip() in decision.reason:
        same = review.recommendation == decision.kind
        return f"{word} The same, for this reason." if same else f"{word} In the same words."
    return f"{word} {review.rationale}"


def _tier_reasons(dossier: Dossier) -> tuple[str, ...]:
    if dossier.tier.reasons:
        return dossier.tier.reasons
    if dossier.tier.points is not None:
        return (f"{dossier.tier.points} points of the intake.",)
    return ()


def _opened(lines: tuple[Line, ...]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Return what page one shows line by line, and what it only names since it would not fit."""
    order = {status: place for place, status in enumerate(wording.STATUS_ORDER)}
    opened = [line for line in lines if line.status not in PASSING]
    ordered = tuple(sorted(opened, key=lambda line: order.get(line.status, -1)))
    if len(ordered) <= MOST_OPEN:
        return ordered, ()
    return (
        tuple(line for line in ordered if line.status != "missing"),
        tuple(line for line in ordered if line.status == "missing"),
    )


def _conditions(dossier: Dossier) -> tuple[ConditionFacts, ...]:
    decision, review = dossier.decision, dossier.review
    if decision is not None and decision.kind == "go_with_conditions":
        return decision.conditions
    if decision is not None and decision.kind == "go":
        return ()
    return review.conditions if review else ()


def _conditions_title(dossier: Dossier) -> str:
    decision, review = dossier.decision, dossier.review
    kind = decision.kind if decision else review.recommendation if review else ""
    if kind == "no_go":
        return "Conditions for a next release"
    return "Conditions" if decision else "Conditions proposed"


def _evidence(line: Line) -> Evidence:
    value = wording.numbers_text(line.numbers)
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
    )


def _settling(dossier: Dossier) -> tuple[str, ...]:
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


def _figures(dossier: Dossier) -> tuple[Figure, ...]:
    """Return the first figures of each run; the runs hold all of them."""
    return tuple(
        Figure(run=run.id, source=run.title, figure=item)
        for run in wording.fairness_first(dossier.runs)
        for item in _drawn(run)[0]
    )


def _drawn(run: RunFacts) -> tuple[list[FigureFacts], list[FigureFacts]]:
    """Return the figures of a run that the memo draws, and those that it only names.

    Where groups are compared, that is what the board decides on; other runs are one figure each
    in the model card and all of theirs in their reports.
    """
    drawn = [item for item in run.figures if item.svg]
    most = MOST_FIGURES if run.method.startswith("fairness") else 0
    return drawn[:most], drawn[most:]


def _not_drawn(dossier: Dossier) -> tuple[str, ...]:
    """Return how many figures only the report of each run draws."""
    counts = [(run.id, len(_drawn(run)[1])) for run in wording.fairness_first(dossier.runs)]
    return tuple(f"{number} of run {pk}" for pk, number in counts if number)


def _among_filed(line: Line, filed: tuple[Filed, ...]) -> bool:
    """Return whether a met line stands, with who and when, among what people attested."""
    own = line.rests_on
    return line.status == "met" and any(
        item.label == own or item.label.startswith(f"{own},") for item in filed
    )


def _before(dossier: Dossier) -> tuple[Before, ...]:
    return tuple(_changed(change) for change in dossier.changes)


def _changed(change: Change) -> Before:
    now = change.now
    before = {**change.before, "threshold": now.get("threshold")}
    digits = wording.change_digits(before, now)
    return Before(
        what=change.title + wording.limit_of(change.title, now),
        before=wording.numbers_text(before, least=digits),
        now=wording.numbers_text(now, least=digits),
        change=wording.change_text(before, now),
        runs=f"Runs {change.before_run} and {change.now_run}"
        if change.now_run
        else f"Run {change.before_run}",
    )
