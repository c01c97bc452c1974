"""The go/no-go memo: what the board needs, in the order in which it needs it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assessments.documents import wording
from assessments.documents.facts import (
    Approver,
    ConditionFacts,
    Dossier,
    Filed,
    Line,
    RiskFacts,
    RunFacts,
)
from assessments.documents.memo_evidence import (
    Before,
    Evidence,
    Figure,
    before_from,
    before_of,
    evidence_of,
    figures_of,
    not_drawn,
    settling_of,
)
from assessments.rules.statuses import PASSING

SCHEMA = "rai-memo/1"
TONES = {"go": "good", "go_with_conditions": "unsure", "no_go": "bad", "": "absent"}
WORDS = {"go": "Go", "go_with_conditions": "Go with conditions", "no_go": "No-go", "": "None yet"}
MOST_OPEN = 9
"""More open requirements than this are folded on page one: what is missing becomes a sentence."""
FOLDED_IN_A_LINE = 3
SHORT = 12
SHORT_WHY = 500
"""With no more lines and letters than these, page one has room to spare."""


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
    risks_taken: tuple[RiskFacts, ...]
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
    before_from: str
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
    before = before_of(dossier)
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
        risks_taken=tuple(risk for risk in risks if risk.over and risk.accepted),
        risks_open=len(risks),
        risks_unrated=tuple(risk for risk in risks if not risk.level),
        conditions=_conditions(dossier),
        conditions_title=_conditions_title(dossier),
        approvers=dossier.approvers,
        quorum=dossier.quorum,
        evidence=evidence_of(
            dossier, told={line.key for line in (*opened, *folded)}, before=before
        ),
        figures=figures_of(dossier),
        settling=settling_of(dossier),
        not_drawn=not_drawn(dossier),
        excluded=tuple(wording.excluded_text(run) for run in runs if run.excluded),
        before=before,
        before_from=before_from(before, dossier.release.previous_version),
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
