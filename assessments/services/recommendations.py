"""The recommendation to the board: bound to the scope and the gate that it was made on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.choices import DecisionKind, DocumentKind, ReviewState
from assessments.models import Review
from assessments.services.documents import request_document
from assessments.services.gates import ReleaseGate, release_gate, snapshot_gate
from rai_portal.accounts.choices import Role
from rai_portal.accounts.models import User
from rai_portal.db import row_record
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.services.record import record
from registry.models import Release
from registry.services.contributions import note_contribution

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_CONDITIONS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionInput:
    """Something to be done by a day, and by whom."""

    text: str
    owner: User
    due_date: dt.date

    def as_record(self) -> dict[str, Any]:
        """Return what is stored beside a recommendation or a vote."""
        return {
            "text": self.text.strip(),
            "owner": self.owner.pk,
            "due": self.due_date.isoformat(),
        }


def may_recommend(actor: User, release: Release) -> bool:
    """Return whether the person may ask the board for a decision: analysts only."""
    return actor.has_role(Role.ANALYST, portfolio_id=release.portfolio_id)


def require_analyst(actor: User, release: Release) -> None:
    """Raise NotAllowed unless the person is an analyst of the release's portfolio."""
    if not may_recommend(actor, release):
        message = (
            "An analyst of the portfolio asks the board for a decision. Nothing was kept. Ask "
            "one to recommend."
        )
        raise NotAllowed(message)


def possible_owners(portfolio_id: int) -> QuerySet[User]:
    """Return the people who may own a condition: active members of the portfolio, no pipeline."""
    return (
        User.objects.filter(
            memberships__portfolio_id=portfolio_id, is_active=True, is_service=False
        )
        .distinct()
        .order_by("name", "pk")
    )


def open_review(release: Release) -> Review | None:
    """Return the review that waits for votes, if there is one."""
    return Review.objects.filter(release=release, state=ReviewState.OPEN).first()


def still_stands(review: Review, found: ReleaseGate) -> bool:
    """Return whether scope and gate are those that the recommendation was made on."""
    same_scope = review.scope_digest == found.gate.scope_digest
    return same_scope and review.gate.digest == found.gate.digest


@transaction.atomic
def recommend(
    *,
    actor: User,
    release: Release,
    recommendation: str,
    rationale: str,
    proposed_conditions: Sequence[ConditionInput] = (),
    session_date: dt.date | None = None,
) -> Review:
    """Ask the board for a decision on the release as it is now; returns the open review.

    An open review of an older scope or gate is withdrawn: the board would otherwise sign for
    something else than what is there.
    """
    require_analyst(actor, release)
    now = timezone.now()
    kind = _kind(recommendation)
    if not rationale.strip():
        message = "Write why you recommend it; the board reads it first. Nothing was kept."
        raise Refused(message, field="rationale")
    if session_date is not None and session_date < now.date():
        message = "The session lies in the past. Nothing was kept. Choose today or a later day."
        raise Refused(message, field="session_date")
    _require_conditions(proposed_conditions, release.portfolio_id, now.date())
    found = release_gate(release, now=now)
    _require_tier(found)
    _make_way(actor, release, found)
    try:
        with transaction.atomic():
            review = Review.objects.create(
                release=release,
                recommendation=kind,
                rationale=rationale.strip(),
                proposed_conditions=[item.as_record() for item in proposed_conditions],
                session_date=session_date,
                scope_digest=found.gate.scope_digest,
                gate=snapshot_gate(release, now=now),
                recommended_by=actor,
                recommended_at=now,
            )
    except IntegrityError as error:
        raise Conflict(_OPEN_ALREADY) from error
    # The board reads the memo before it signs, so it is made of what is recommended.
    request_document(actor=actor, release=release, kind=DocumentKind.MEMO)
    note_contribution(release=release, user=actor, act="review.recommended")
    record(actor=actor, action="review.recommended", subject=review, reason=review.rationale)
    return review


@transaction.atomic
def withdraw(*, actor: User, review: Review, reason: str) -> Review:
    """Take an open review back; signatures given so far stay on record and decide nothing."""
    row = locked(review)
    require_analyst(actor, row.release)
    if not reason.strip():
        message = "Write why it is withdrawn. Nothing was changed."
        raise Refused(message, field="reason")
    require_open(row)
    return _withdraw(actor, row, reason.strip())


def locked(review: Review) -> Review:
    """Return the review with its row locked until the transaction ends."""
    return (
        Review.objects.select_for_update(of=("self",))
        .select_related("release__system__portfolio", "recommended_by", "gate")
        .get(pk=review.pk)
    )


def require_open(review: Review) -> None:
    """Raise Conflict when the review is over."""
    if review.state == ReviewState.OPEN:
        return
    word = "decided" if review.state == ReviewState.DECIDED else "withdrawn"
    message = f"This review was {word} meanwhile. Nothing was changed. Open the release to see it."
    raise Conflict(message)


def require_conditions(
    conditions: Sequence[ConditionInput], portfolio_id: int, today: dt.date, *, until: dt.date
) -> None:
    """Refuse conditions that nobody could keep: without text, with a stranger or a past day."""
    _require_conditions(conditions, portfolio_id, today)
    late = [item for item in conditions if item.due_date > until]
    if late:
        message = (
            f"A condition is due on {late[0].due_date}, after the approval would end on {until}. "
            "Nothing was kept. Choose an earlier day."
        )
        raise Refused(message, field="conditions")


_OPEN_ALREADY = (
    "A review of this release waits for the board already. Nothing was kept. Withdraw it first "
    "if you want to recommend something else."
)


def _kind(recommendation: str) -> DecisionKind:
    if recommendation not in DecisionKind.values:
        message = "Choose what you recommend. Nothing was kept."
        raise Refused(message, field="recommendation")
    return DecisionKind(recommendation)


def _require_tier(found: ReleaseGate) -> None:
    if found.tier is None:
        message = (
            "The tier is not known yet, so nobody may decide on this release. Nothing was kept. "
            "Complete the intake first."
        )
        raise Refused(message)


def _require_conditions(
    conditions: Sequence[ConditionInput], portfolio_id: int, today: dt.date
) -> None:
    if len(conditions) > MOST_CONDITIONS:
        message = f"At most {MOST_CONDITIONS} conditions; nobody keeps more. Nothing was kept."
        raise Refused(message, field="conditions")
    members = set(possible_owners(portfolio_id).values_list("pk", flat=True)) if conditions else ()
    for item in conditions:
        if not item.text.strip():
            message = "A condition says what is to be done. Nothing was kept."
            raise Refused(message, field="conditions")
        if item.owner.pk not in members:
            message = f"{item.owner} is no member of the portfolio. Nothing was kept."
            raise Refused(message, field="conditions")
        if item.due_date <= today:
            message = "A condition is due on a day to come. Nothing was kept."
            raise Refused(message, field="conditions")


def _make_way(actor: User, release: Release, found: ReleaseGate) -> None:
    """Withdraw an open review of another scope or gate; refuse beside one that still stands."""
    standing = open_review(release)
    if standing is None:
        return
    row = locked(standing)
    if row.state != ReviewState.OPEN:
        return
    if still_stands(row, found):
        raise Conflict(_OPEN_ALREADY)
    what = "scope" if row.scope_digest != found.gate.scope_digest else "gate"
    _withdraw(actor, row, f"The {what} has changed since; recommended anew.")


def _withdraw(actor: User, row: Review, reason: str) -> Review:
    before = row_record(row)
    row.state = ReviewState.WITHDRAWN
    row.save(update_fields=["state"])
    record(actor=actor, action="review.withdrawn", subject=row, reason=reason, before=before)
    return row
