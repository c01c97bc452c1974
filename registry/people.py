"""People who can own something in a portfolio."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from rai_portal.accounts.choices import CHANGES_REGISTRY
from rai_portal.accounts.models import Portfolio, User
from rai_portal.errors import NotAllowed

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def people_of(portfolio_ids: Iterable[int]) -> QuerySet[User]:
    """Return the active people, pipelines left out, with a role in one of the portfolios."""
    here = Q(memberships__portfolio__in=list(portfolio_ids)) | Q(memberships__portfolio=None)
    rows = User.objects.filter(here, memberships__isnull=False, is_active=True, is_service=False)
    return rows.distinct().order_by("name", "email")


def portfolios_to_change(user: User | AnonymousUser) -> QuerySet[Portfolio]:
    """Return the portfolios whose registry the person may change."""
    rows = Portfolio.objects.visible_to(user)
    if not isinstance(user, User):
        return rows.none()
    granted = [pk for role, pk in user.grants if role in CHANGES_REGISTRY]
    if None in granted:
        return rows
    return rows.filter(pk__in=[pk for pk in granted if pk is not None])


def require_change_somewhere(user: User, things: str, act: str) -> None:
    """Raise NotAllowed unless the person may change some portfolio, before a form is shown."""
    if not portfolios_to_change(user).exists():
        message = (
            f"Your role may read {things} but not {act} them. Nothing was changed. Ask an analyst "
            "or a system owner."
        )
        raise NotAllowed(message)
