"""Roles of people that one administrator gives and takes; nobody changes their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from rai_portal.accounts.choices import GIVEN_BY_TWO, JUDGES, SEES_ALL, Role
from rai_portal.accounts.models import Membership, Portfolio, User
from rai_portal.db import row_record
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.services.record import record

if TYPE_CHECKING:
    from django.db.models import QuerySet

SECOND_ADMINISTRATOR = (
    "There is no other administrator to confirm it. Whoever runs the server makes a second one: "
    "python manage.py second_administrator"
)


def require_administrator(actor: User) -> None:
    """Raise NotAllowed unless the person administers everything."""
    if not (actor.is_active and ("administrator", None) in actor.grants):
        message = "Only an administrator manages people. Nothing was changed."
        raise NotAllowed(message)


def people() -> QuerySet[User]:
    """Return everybody with their roles."""
    return User.objects.order_by("name", "pk").prefetch_related("memberships__portfolio")


def administrators() -> QuerySet[User]:
    """Return the administrators who can sign in."""
    return User.objects.filter(
        is_active=True, memberships__role=Role.ADMINISTRATOR, memberships__portfolio=None
    )


@transaction.atomic
def grant_role(*, actor: User, user: User, role: str, portfolio: Portfolio | None) -> Membership:
    """Give a role. Those that judge, and administrator, need two people and are refused here."""
    require_administrator(actor)
    if actor.pk == user.pk:
        message = (
            "Nobody gives a role to themselves. Nothing was changed. Ask another administrator."
        )
        raise NotAllowed(message)
    wanted = Role(role)
    if wanted in GIVEN_BY_TWO:
        message = (
            f"Giving the role {wanted.label} takes two people. Nothing was changed. Propose it; "
            "another administrator confirms it."
        )
        raise NotAllowed(message)
    return give(actor=actor, user=user, role=wanted, portfolio=portfolio)


def give(*, actor: User, user: User, role: Role, portfolio: Portfolio | None) -> Membership:
    """Make the membership with its entry, where the role fits the person."""
    # Locked, so that two roles which exclude each other are not given at the same time.
    locked = User.objects.select_for_update().get(pk=user.pk)
    require_fit(locked, role, portfolio)
    try:
        with transaction.atomic():
            row = Membership.objects.create(user=locked, role=role, portfolio=portfolio)
    except IntegrityError as error:
        message = f"{user} holds this role there already. Nothing was changed."
        raise Conflict(message) from error
    record(actor=actor, action="role.granted", subject=row)
    return row


def require_fit(user: User, role: Role, portfolio: Portfolio | None) -> None:
    """Raise Refused when the person cannot hold the role there."""
    if role in SEES_ALL and portfolio is not None:
        message = f"The role {role.label} reads every portfolio; leave the portfolio open."
        raise Refused(message, field="portfolio")
    if role not in SEES_ALL and portfolio is None:
        message = f"Name the portfolio in which {user} is {role.label.lower()}."
        raise Refused(message, field="portfolio")
    if (role == Role.PIPELINE) != user.is_service:
        message = "Pipelines hold the role Pipeline and no other; people never hold it."
        raise Refused(message, field="role")
    held = Membership.objects.filter(user=user)
    other = (held.exclude if role in SEES_ALL else held.filter)(role__in=SEES_ALL).first()
    if other is not None:
        message = (
            f"{user} is {other.get_role_display().lower()} already. Auditors and administrators "
            "hold no role that acts, and who acts is neither of them. Nothing was changed. Take "
            "the other role away first, or ask somebody else."
        )
        raise Refused(message, field="role")


@transaction.atomic
def revoke_role(*, actor: User, membership: Membership) -> None:
    """Take a role away, but not one's own, nor one that judges: one person does not pick the board."""
    require_administrator(actor)
    row = Membership.objects.select_for_update().select_related("user").get(pk=membership.pk)
    if row.user_id == actor.pk:
        message = "Nobody takes a role from themselves. Nothing was changed. Ask a colleague."
        raise NotAllowed(message)
    if row.role in JUDGES:
        message = (
            f"Taking the role {row.get_role_display()} away takes two people. Nothing was changed. "
            "Propose it; another administrator confirms it."
        )
        raise NotAllowed(message)
    take(actor=actor, membership=row)


def take(*, actor: User, membership: Membership) -> None:
    """Delete the membership with an entry about the person."""
    user, before = membership.user, row_record(membership)
    details = {
        "role": membership.role, "portfolio": membership.portfolio_id, "membership": membership.pk,
    }  # fmt: skip
    membership.delete()
    record(actor=actor, action="role.revoked", subject=user, details={**details, "was": before})
