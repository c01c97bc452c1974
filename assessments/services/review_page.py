"""What the board reads on one screen, and where a decision stands today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from assessments.documents.wording import STATUS_ORDER
from assessments.models import Review, Vote
from assessments.rules.gate import RequirementStatus
from assessments.services.decisions import counting_votes, settlement
from assessments.services.gate_page import Row, rows_of
from assessments.services.gates import ReleaseGate
from assessments.services.risk_page import RiskRow, risk_rows

if TYPE_CHECKING:
    from rai_portal.accounts.models import User

SHOWN_OPEN = 7
SHOWN_RISKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What decides the case. *_more: what is folded away, to keep to one screen."""

    opened: tuple[Row, ...]
    opened_more: tuple[Row, ...]
    over: tuple[RiskRow, ...]
    over_more: tuple[RiskRow, ...]
    over_count: int
    risks_open: int
    unrated: int
    proposed_due: str
    votes: tuple[Vote, ...]
    lapsed: frozenset[int]
    standing: str
    quorum: str
    moved: bool
    elevations: tuple[str, ...]


def papers_of(review: Review, found: ReleaseGate, user: User) -> Papers:
    """Return what the board needs, the worst first."""
    opened = sorted(
        (row for row in rows_of(found, user) if row.status.is_open),
        key=lambda row: _rank(row.status),
    )
    risks = [row for row in risk_rows(found) if not row.evidence.closed]
    over = [row for row in risks if row.over and not row.taken]
    votes = tuple(review.votes.select_related("voter").order_by("pk"))
    counting = counting_votes(review, found)
    result = (found.intake.tier_result or {}) if found.intake else {}
    return Papers(
        opened=tuple(opened[:SHOWN_OPEN]),
        opened_more=tuple(opened[SHOWN_OPEN:]),
        over=tuple(over[:SHOWN_RISKS]),
        over_more=tuple(over[SHOWN_RISKS:]),
        over_count=len(over),
        risks_open=len(risks),
        proposed_due=_common_day(review),
        unrated=sum(row.level is None for row in risks),
        votes=votes,
        lapsed=frozenset(row.pk for row in votes) - {row.pk for row in counting},
        standing=settlement(review, found, counting, now=found.computed_at).reason,
        quorum=_quorum(found),
        moved=found.gate.scope_digest != review.scope_digest,
        elevations=tuple(
            item["sentence"] for item in result.get("elevations", ()) if item["tier"] == found.tier
        ),
    )


def _common_day(review: Review) -> str:
    """Return the day on which all proposed conditions are due; "" when their days differ."""
    days = {item["due"] for item in review.proposed_conditions}
    return days.pop() if len(days) == 1 else ""


def _quorum(found: ReleaseGate) -> str:
    """Return how many must sign, in the fewest words."""
    rule = found.decision_rule
    if rule is None:
        return ""
    functions = f", from {rule.functions} functions" if rule.functions > 1 else ""
    ends = "one no-go settles it" if rule.refusals == 1 else f"{rule.refusals} no-gos settle it"
    return f"Quorum {rule.quorum}{functions}; {ends}"


def _rank(status: RequirementStatus) -> tuple[int, str]:
    order = {name: place for place, name in enumerate(STATUS_ORDER)}
    return order.get(status.status, -1), status.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Rested:
    """One requirement of a gate that was kept, with the page of what it rests on."""

    key: str
    title: str
    status: str
    reason: str
    basis: str
    rests_on: str
    url: str


def kept_lines(release_id: int, record: dict[str, Any]) -> tuple[Rested, ...]:
    """Return the requirements of a gate as its deciders saw it."""
    return tuple(
        Rested(
            key=item["key"],
            title=item["title"],
            status=item["status"],
            reason=item["reason"],
            basis=item["basis"],
            rests_on=(item["rests_on"] or {}).get("label", ""),
            url=_rests_url(release_id, item),
        )
        for item in record["requirements"]
    )


def _rests_url(release_id: int, item: dict[str, Any]) -> str:
    rests = item["rests_on"]
    if not rests:
        return ""
    if rests["kind"] == "run":
        return reverse("run_detail", args=[rests["id"]])
    if rests["kind"] == "risks":
        return reverse("release_risks", args=[release_id])
    return reverse("requirement_detail", args=[release_id, item["key"]])
