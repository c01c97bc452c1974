"""Roles that judge others: one administrator proposes the change, another one confirms it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.services.people import (
    SECOND_ADMINISTRATOR,
    administrators,
    give,
    require_administrator,
    require_fit,
    take,
)
from rai_portal.accounts.choices import GIVEN_BY_TWO, JUDGES, Role, RoleChange
from rai_portal.accounts.models import Membership, Portfolio, RoleProposal, User
from rai_portal.db import row_record
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.services.record import record

if TYPE_CHECKING:
    from django.db.models import QuerySet


def open_proposals() -> QuerySet[RoleProposal]:
    """Return what waits for a second administrator, the oldest first."""
    rows = RoleProposal.objects.open().select_related("user", "portfolio", "proposed_by")
    return rows.order_by("pk")


@transaction.atomic
def propose_role_change(
    *, actor: User, user: User, change: str, role: str, portfolio: Portfolio | None
) -> RoleProposal:
    """Propose to give or to take a role that judges; nothing changes before it is confirmed."""
    require_administrator(actor)
    if actor.pk == user.pk:
        message = (
            "Nobody proposes a role for themselves. Nothing was changed. Ask another administrator."
        )
        raise NotAllowed(message)
    wanted, asked = Role(role), RoleChange(change)
    if wanted not in (GIVEN_BY_TWO if asked == RoleChange.GRANT else JUDGES):
        message = f"One administrator changes the role {wanted.label}; it needs no proposal."
        raise Refused(message, field="role")
    if not administrators().exclude(pk__in=(actor.pk, user.pk)).exists():
        raise Refused(f"Nothing was proposed. {SECOND_ADMINISTRATOR}")
    _require_sense(user, wanted, portfolio, asked)
    row = RoleProposal(
        user=user, change=asked, role=wanted, portfolio=portfolio, proposed_by=actor,
        proposed_at=timezone.now(),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        message = f"A proposal about this role of {user} is open already. Nothing was added."
        raise Conflict(message) from error
    record(actor=actor, action="role_change.proposed", subject=row)
    return row


@transaction.atomic
def confirm_role_change(*, actor: User, proposal: RoleProposal) -> RoleProposal:
    """Carry the change out: the word of a second administrator, who gains nothing by it."""
    row = _open(actor, proposal)
    if actor.pk in {row.proposed_by_id, row.user_id}:
        message = (
            "A second administrator confirms this: neither who proposed it nor whom it concerns. "
            "Nothing was changed. Ask another one."
        )
        raise NotAllowed(message)
    if not administrators().filter(pk=row.proposed_by_id).exists():
        message = (
            f"{row.proposed_by} is no administrator any more, so the proposal has fallen. Nothing "
            "was changed. Decline it, and have it proposed anew."
        )
        raise Conflict(message)
    before = row_record(row)
    row.confirmed_by, row.confirmed_at = actor, timezone.now()
    row.save()
    role = Role(row.role)
    if row.change == RoleChange.GRANT:
        give(actor=actor, user=row.user, role=role, portfolio=row.portfolio)
    else:
        take(actor=actor, membership=_held(row.user, role, row.portfolio))
    record(actor=actor, action="role_change.confirmed", subject=row, before=before)
    return row


@transaction.atomic
def decline_role_change(*, actor: User, proposal: RoleProposal) -> RoleProposal:
    """Let a proposal fall; who made it may take it back the same way."""
    row = _open(actor, proposal)
    before = row_record(row)
    row.declined_by, row.declined_at = actor, timezone.now()
    row.save()
    record(actor=actor, action="role_change.declined", subject=row, before=before)
    return row


def _open(actor: User, proposal: RoleProposal) -> RoleProposal:
    require_administrator(actor)
    rows = RoleProposal.objects.select_for_update(of=("self",))
    row = rows.select_related("user", "portfolio", "proposed_by").get(pk=proposal.pk)
    if row.confirmed_at is not None or row.declined_at is not None:
        message = "This proposal is answered already. Nothing was changed."
        raise Conflict(message)
    return row


def _require_sense(user: User, role: Role, portfolio: Portfolio | None, change: RoleChange) -> None:
    if change == RoleChange.REVOKE:
        _held(user, role, portfolio)
        return
    require_fit(user, role, portfolio)
    if Membership.objects.filter(user=user, role=role, portfolio=portfolio).exists():
        message = f"{user} holds this role there already. Nothing was proposed."
        raise Conflict(message)


def _held(user: User, role: Role, portfolio: Portfolio | None) -> Membership:
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user")
    held = rows.filter(user=user, role=role, portfolio=portfolio).first()
    if held is None:
        message = f"{user} does not hold this role there. Nothing was changed."
        raise Conflict(message)
    return held
