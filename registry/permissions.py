"""Who may change what is registered: asked by the services, so that no door differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rai_portal.errors import NotAllowed

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


def may_change(actor: User, portfolio_id: int | None) -> bool:
    """Return whether the person may change the registry of that portfolio."""
    return actor.is_active and actor.may_change(portfolio_id)


def require_change(actor: User, portfolio_id: int | None) -> None:
    """Raise NotAllowed unless the person is an analyst or a system owner of that portfolio."""
    if not may_change(actor, portfolio_id):
        message = (
            "Your role may read this but not change it. Nothing was changed. Ask an analyst or "
            "a system owner of the portfolio."
        )
        raise NotAllowed(message)
