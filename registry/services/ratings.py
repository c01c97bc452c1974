"""Ratings of what is left of a risk. A fall that matters counts when a second person confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from rai_portal.accounts.choices import Role
from rai_portal.db import row_record
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.services.record import record
from registry import risk_scale
from registry.choices import RatingAnswer, RiskState
from registry.models import Risk, RiskRating
from registry.rating_rule import Act, Cell, Grade, Standing, reason_to_confirm, standing
from registry.services.evidence import Upload, keep_evidence
from registry.services.risks import Rating, locked_risk, save_risk
from registry.services.saving import save_checked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rai_portal.accounts.models import User

CONFIRMS = (Role.REVIEWER, Role.OWNER)
"""Roles that may confirm somebody else's rating."""
SECOND_PERSON = (
    "A second person answers this rating: a reviewer or a system owner who neither rated nor "
    "linked what it rests on. Nothing was changed."
)


def standing_of(risk: Risk, ratings: Iterable[RiskRating], grade: Grade) -> Standing:
    """Return the rating that counts, by the rule and not by what the row of the risk says.

    ratings: of this risk, oldest first. A current rating that no row accounts for is read as one
    more act of a single person: it may raise what counts, and not lower it far.
    """
    told = [item for item in ratings if item.answer in ("", RatingAnswer.CONFIRMED)]
    acts = [item.as_act() for item in told]
    now = standing(inherent_of(risk), acts, grade)
    if risk.current_likelihood is None or risk.current_severity is None:
        return now
    current = (risk.current_likelihood, risk.current_severity)
    if now.rated and now.cell == current:
        return now
    return standing(inherent_of(risk), [*acts, Act(cell=current)], grade)


def inherent_of(risk: Risk) -> Cell:
    """Return the rating before any mitigation."""
    return risk.inherent_likelihood, risk.inherent_severity


@transaction.atomic
def rate_risk(
    *,
    actor: User,
    risk: Risk,
    rating: Rating,
    rationale: str,
    evidence: Upload | None = None,
) -> RiskRating:
    """Say what is left of the risk now, why, and on which file it rests.

    The rating counts at once unless it falls into appetite, in severity or by two levels: then it
    waits for a second person, and what counted before still counts. A later rating replaces one
    that waits.
    """
    row = locked_risk(actor, risk)
    if not rationale.strip():
        message = "A rating needs its reason: what was seen, and why it is no higher and no lower."
        raise Refused(message, field="rationale")
    grade = risk_scale.current().graded
    cell = (rating.likelihood, rating.severity)
    now = standing_of(row, row.ratings.all(), grade)
    _replace_waiting(row)
    made = RiskRating(
        risk=row,
        likelihood=rating.likelihood,
        severity=rating.severity,
        rationale=rationale.strip(),
        needs=reason_to_confirm(now, cell, grade) if _on_scale(cell) else "",
        rated_by=actor,
        rated_at=timezone.now(),
    )
    if evidence is not None:
        made.evidence = keep_evidence(actor=actor, portfolio=row.system.portfolio, upload=evidence)
    save_checked(made)
    if made.needs:
        _record_answer(actor, row, made, "risk.rating_proposed", made.rationale)
    else:
        _let_count(actor, row, made, "risk.rated", made.rationale)
    return made


def may_answer(actor: User, rating: RiskRating) -> bool:
    """Return whether the person may confirm or decline this rating: not who had a hand in it."""
    if not actor.is_active or actor.is_service or not rating.waits:
        return False
    if not actor.has_role(*CONFIRMS, portfolio_id=rating.portfolio_id):
        return False
    return actor.pk not in hands_in(rating)


def hands_in(rating: RiskRating) -> set[int]:
    """Return the ids of who rated, and of who linked the runs that the rating rests on."""
    links: Any = rating.risk.risk_runs
    return {rating.rated_by_id, *links.values_list("created_by_id", flat=True)}


@transaction.atomic
def answer_rating(*, actor: User, rating: RiskRating, confirm: bool, note: str) -> RiskRating:
    """Confirm a rating, which then counts, or decline it. By a second person, with a reason."""
    risk = (
        Risk.objects.select_for_update(of=("self",)).select_related("system").get(pk=rating.risk_id)
    )
    row = RiskRating.objects.select_for_update().get(pk=rating.pk)
    row.risk = risk
    if not row.waits or risk.state == RiskState.CLOSED:
        message = "This rating no longer waits for an answer. Nothing was changed. Look again."
        raise Conflict(message)
    if not may_answer(actor, row):
        raise NotAllowed(SECOND_PERSON)
    if not note.strip():
        message = "Say what you looked at and why you agree or not. The rating waits until then."
        raise Refused(message, field="note")
    row.answer = RatingAnswer.CONFIRMED if confirm else RatingAnswer.DECLINED
    row.answered_by, row.answered_at, row.answer_note = actor, timezone.now(), note.strip()
    save_checked(row)
    if confirm:
        _let_count(actor, risk, row, "risk.rating_confirmed", row.answer_note)
    else:
        _record_answer(actor, risk, row, "risk.rating_declined", row.answer_note)
    return row


def _on_scale(cell: Cell) -> bool:
    return all(1 <= value <= 5 for value in cell)


def _replace_waiting(risk: Risk) -> None:
    for item in risk.ratings.waiting():
        item.answer = RatingAnswer.REPLACED
        item.save()


def _let_count(actor: User, risk: Risk, rating: RiskRating, action: str, reason: str) -> None:
    before = row_record(risk)
    risk.current_likelihood, risk.current_severity = rating.likelihood, rating.severity
    risk.rating_rationale, risk.rating_evidence = rating.rationale, rating.evidence
    risk.rated_by, risk.rated_at = rating.rated_by, rating.rated_at
    save_risk(risk)
    record(
        actor=actor, action=action, subject=risk, before=before, reason=reason,
        details=_details(rating),
    )  # fmt: skip


def _record_answer(actor: User, risk: Risk, rating: RiskRating, action: str, reason: str) -> None:
    record(
        actor=actor, action=action, subject=risk, before=row_record(risk), reason=reason,
        details=_details(rating),
    )  # fmt: skip


def _details(rating: RiskRating) -> dict[str, Any]:
    return {
        "rating": rating.pk,
        "likelihood": rating.likelihood,
        "severity": rating.severity,
        "rated_by": rating.rated_by_id,
        "needs_second_person": rating.needs,
    }
