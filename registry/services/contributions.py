"""Acts by which somebody has a hand in a release or a system: noted for good, by the actor only.

What people do to a system, its risks and mitigations, to datasets and models, the ledger keeps;
`registry.hands` says how it counts. What is noted here is everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.models import Contribution, Release, SystemContribution

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import AISystem


def note_contribution(*, release: Release, user: User, act: str) -> Contribution:
    """Note that the person had a hand in the release; noting it twice changes nothing.

    act: what they did, such as "plan.locked". Call it inside the change's own transaction, and for
    the actor: who is only named by somebody else has no hand.
    """
    contribution, _ = Contribution.objects.get_or_create(release=release, user=user, act=act)
    return contribution


def note_contribution_to_system(*, system: AISystem, user: User, act: str) -> SystemContribution:
    """Note that the person had a hand in every release of the system, those to come included."""
    contribution, _ = SystemContribution.objects.get_or_create(system=system, user=user, act=act)
    return contribution
