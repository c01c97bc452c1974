"""Roles of people. Nobody changes their own; deciding roles are neither given nor taken here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from rai_portal.accounts.choices import SEES_ALL, Role
from rai_portal.accounts.models import Membership, Portfolio, User
from rai_portal.db import row_record
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.services.record import record

if TYPE_CHECKING:
    from django.db.models import QuerySet

DECIDING = frozenset({Role.BOARD, Role.EXECUTIVE})
GRANTABLE = tuple(role for role in Role if role not in DECIDING)


def require_administrator(actor: User) -> None:
    """Raise NotAllowed unless the person administers everything."""
    if not (actor.is_active and ("administrator", None) in actor.grants):
        message = "Only an administrator manages people. Nothing was changed."
        raise NotAllowed(message)


def people() -> QuerySet[User]:
    """Return everybody with their roles."""
    return User.objects.order_by("name", "pk").prefetch_related("memberships__portfolio")


@transaction.atomic
def grant_role(*, actor: User, user: User, role: str, portfolio: Portfolio | None) -> Membership:
    """Give a role. Deciding roles need two people and are refused here."""
    require_administrator(actor)
    if actor.pk == user.pk:
        message = (
            "Nobody gives a role to themselves. Nothing was changed. Ask another administrator."
        )
        raise NotAllowed(message)
    wanted = Role(role)
    if wanted in DECIDING:
        message = (
            f"{wanted.label} is a deciding role: giving it takes two people, and this page knows "
            "one. Nothing was changed."
        )
        raise NotAllowed(message)
    _require_fit(user, wanted, portfolio)
    try:
        with transaction.atomic():
            row = Membership.objects.create(user=user, role=wanted, portfolio=portfolio)
    except IntegrityError as error:
        message = f"{user} holds this role there already. Nothing was changed."
        raise Conflict(message) from error
    record(actor=actor, action="role.granted", subject=row)
    return row


def _require_fit(user: User, role: Role, portfolio: Portfolio | None) -> None:
    if role in SEES_ALL and portfolio is not None:
        message = f"The role {role.label} reads every portfolio; leave the portfolio open."
        raise Refused(message, field="portfolio")
    if role not in SEES_ALL and portfolio is None:
        message = f"Name the portfolio in which {user} is {role.label.lower()}."
        raise Refused(message, field="portfolio")
    if (role == Role.PIPELINE) != user.is_service:
        message = "Pipelines hold the role Pipeline and no other; people never hold it."
        raise Refused(message, field="role")


@transaction.atomic
def revoke_role(*, actor: User, membership: Membership) -> None:
    """Take a role away, but not one's own, nor a deciding one: one person does not pick the board."""
    require_administrator(actor)
    row = Membership.objects.select_for_update().select_related("user").get(pk=membership.pk)
    if row.user_id == actor.pk:
        message = "Nobody takes a role from themselves. Nothing was changed. Ask a colleague."
        raise NotAllowed(message)
    if row.role in DECIDING:
        message = (
            f"{row.get_role_display()} is a deciding role: taking it away needs two people, and "
            "this page knows one. Nothing was changed."
        )
        raise NotAllowed(message)
    user, before = row.user, row_record(row)
    details = {"role": row.role, "portfolio": row.portfolio_id, "membership": row.pk}
    row.delete()
    record(actor=actor, action="role.revoked", subject=user, details={**details, "was": before})
