"""What every act on one requirement asks first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.rules.gate import RequirementStatus
from assessments.services.gates import ReleaseGate, release_gate
from rai_portal.errors import NotAllowed, Refused

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import Release


def applying(
    release: Release, key: str, *, found: ReleaseGate | None = None
) -> tuple[ReleaseGate, RequirementStatus]:
    """Return the gate and the requirement's status; refuse when it is not asked of the release."""
    found = found or release_gate(release)
    status = found.requirement(key)
    if status is None or status.status == "not_applicable":
        message = (
            "The policy does not ask this of the release. Nothing was kept. Open the gate to see "
            "what it asks."
        )
        raise Refused(message)
    return found, status


def require_no_hand(actor: User, found: ReleaseGate, act: str) -> None:
    """Raise NotAllowed for who contributed to the release, and for pipelines."""
    if actor.is_service:
        message = f"A pipeline never {act}. Nothing was kept. A person with the right does it."
        raise NotAllowed(message)
    if actor.pk in found.contributors:
        message = (
            f"You had a hand in {found.release}, so somebody else {act}. Nothing was kept. Ask a "
            "colleague who did not work on it."
        )
        raise NotAllowed(message)
