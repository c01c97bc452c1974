"""Answers about a release, and the tier that follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from assessments.choices import IntakeState
from assessments.models import Intake
from assessments.rules import tiering
from assessments.rules.policy_data import Policy
from assessments.services.policies import policy_of, require_current
from rai_portal.db import row_record
from rai_portal.errors import Conflict
from rai_portal.ledger.services.record import record
from registry.permissions import require_change
from registry.services.contributions import note_contribution

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import Release

type Answers = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is answered so far. carried_from: the release whose answers are shown, or ""."""

    policy: Policy
    answers: dict[str, list[str]]
    carried_from: str = ""


def intake_of(release: Release) -> Intake | None:
    """Return the release's intake."""
    return Intake.objects.filter(release=release).select_related("policy").first()


def draft_of(release: Release) -> Draft:
    """Return the answers so far; a clone starts from those of the release it was cloned from."""
    policy = policy_of(require_current())
    own = intake_of(release)
    if own is not None:
        return Draft(policy=policy, answers=_known(policy, own.answers))
    source = intake_of(release.cloned_from) if release.cloned_from else None
    if source is None:
        return Draft(policy=policy, answers={})
    return Draft(
        policy=policy,
        answers=_known(policy, source.answers),
        carried_from=release.cloned_from.version if release.cloned_from else "",
    )


def _known(policy: Policy, answers: Answers) -> dict[str, list[str]]:
    """Return the answers that this policy can read; others are asked again."""
    offered = {question.key: {key for key, _ in question.choices} for question in policy.questions}
    kept = {
        key: [option for option in chosen if option in offered[key]]
        for key, chosen in answers.items()
        if key in offered
    }
    return {key: chosen for key, chosen in kept.items() if chosen}


@transaction.atomic
def save_answers(*, actor: User, release: Release, answers: Answers) -> Intake:
    """Keep the answers as a draft. Submitted ones stand until others are submitted."""
    require_change(actor, release.portfolio_id)
    if _submitted(release):
        message = (
            "The answers are submitted, so no draft is kept beside them; nothing was changed. "
            "Change them and submit: until then the tier stands."
        )
        raise Conflict(message)
    return _kept(actor, release, answers)


@transaction.atomic
def submit_intake(
    *, actor: User, release: Release, answers: Answers
) -> tuple[Intake, tiering.TierResult]:
    """Keep the answers and, unless something blocks, fix the tier that follows from them.

    While the result is blocked the answers stay a draft, and there is no tier; answers that were
    submitted before stand then, with their tier.
    """
    require_change(actor, release.portfolio_id)
    submitted = _submitted(release)
    if submitted is not None:
        result = tiering.tier(policy_of(require_current()), answers)
        if result.blocked:
            return submitted, result
    intake = _kept(actor, release, answers)
    result = tiering.tier(policy_of(intake.policy), intake.answers)
    if result.blocked:
        return intake, result
    before = row_record(intake)
    intake.state = IntakeState.SUBMITTED
    intake.tier = result.tier
    intake.tier_result = result.as_record()
    intake.rule_version = result.version
    intake.submitted_by = actor
    intake.submitted_at = timezone.now()
    intake.save()
    note_contribution(release=release, user=actor, act="intake.submitted")
    record(actor=actor, action="intake.submitted", subject=intake, before=before)
    return intake, result


def _submitted(release: Release) -> Intake | None:
    rows = Intake.objects.select_for_update().filter(release=release, state=IntakeState.SUBMITTED)
    return rows.first()


def _kept(actor: User, release: Release, answers: Answers) -> Intake:
    version = require_current()
    intake = Intake.objects.select_for_update().filter(release=release).first()
    before = row_record(intake) if intake else None
    if intake is None:
        intake = Intake(release=release, policy=version, created_by=actor)
    given = {key: list(chosen) for key, chosen in answers.items() if chosen}
    if before is not None and intake.answers == given and intake.policy_id == version.pk:
        return intake
    intake.policy = version
    intake.answers = given
    intake.state = IntakeState.DRAFT
    intake.tier = None
    intake.tier_result = None
    intake.submitted_by = None
    intake.submitted_at = None
    intake.save()
    note_contribution(release=release, user=actor, act="intake.answered")
    if before is None:
        _note_carried(release)
    record(actor=actor, action="intake.saved", subject=intake, before=before)
    return intake


def _note_carried(release: Release) -> None:
    """Whoever answered for the release that this one was cloned from wrote its first answers."""
    if release.cloned_from is None:
        return
    for item in release.cloned_from.contributions.filter(act__startswith="intake."):
        note_contribution(release=release, user=item.user, act=item.act)
