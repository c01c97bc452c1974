"""Who may start runs: asked by the services, so that no door differs. Planning is changing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rai_portal.accounts.choices import Role
from rai_portal.errors import NotAllowed
from registry.permissions import may_change

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


def may_start(actor: User, portfolio_id: int | None) -> bool:
    """Return whether runs may be started: as may_change, and by a pipeline of the portfolio."""
    return may_change(actor, portfolio_id) or actor.has_role(
        Role.PIPELINE, portfolio_id=portfolio_id
    )


def require_start(actor: User, portfolio_id: int | None) -> None:
    """Raise NotAllowed unless runs may be started in that portfolio."""
    if not may_start(actor, portfolio_id):
        message = (
            "Your role may read runs but not start them. Nothing was started. Ask an analyst or "
            "a system owner of the portfolio."
        )
        raise NotAllowed(message)
