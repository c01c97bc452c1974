"""Who had a hand in a release: for good. The database's own guard of approvals reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.models import Contribution, Release

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import AISystem


def note_contribution(*, release: Release, user: User, act: str) -> Contribution:
    """Note that the person had a hand in the release; noting it twice changes nothing.

    act: what they did, such as "plan.locked". Call it inside the change's own transaction.
    """
    contribution, _ = Contribution.objects.get_or_create(release=release, user=user, act=act)
    return contribution


def note_contribution_to_system(*, system: AISystem, user: User, act: str) -> None:
    """Note the act for each release of the system.

    Purpose, intended use and risks belong to every release, decided ones included: whoever
    changes them cannot approve what they changed, whichever release the approval is for.
    """
    known = set(
        Contribution.objects.filter(release__system=system, user=user, act=act).values_list(
            "release_id", flat=True
        )
    )
    Contribution.objects.bulk_create(
        (
            Contribution(release_id=pk, user=user, act=act)
            for pk in system.releases.exclude(pk__in=known).values_list("pk", flat=True)
        ),
        ignore_conflicts=True,
    )
