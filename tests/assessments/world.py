"""Releases in every state that a gate can meet, made row by row so that each test says which."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from assessments.models import Intake, PolicyVersion, RequirementEvidence, SignOff
from assessments.services.intakes import submit_intake
from evaluations.models import Check, EvaluationPlan, Run, RunVerdict
from rai_portal.accounts.models import User
from registry.models import Dataset, Release

# Credit, recommended to a person who sees every case, 100 to 9,999 people: Tier 1 by the rule on
# credit, whatever the points.
TIER_1 = {
    "areas": ["credit"],
    "decision_role": ["recommends"],
    "oversight": ["every_case"],
    "people_affected": ["under_10000"],
    "reversibility": ["with_effort"],
    "children": ["no"],
    "groups": ["known"],
    "personal_data": ["personal"],
    "origin": ["ourselves"],
    "exposure": ["staff"],
    "actions": ["nothing"],
    "generates": ["nothing"],
    "reasons": ["on_request"],
    "change": ["releases"],
    "compute": ["little"],
}
# 8 + 3 + 0 + 2 + 3 + 0 + 6 + 3 + 0 + 0 + 0 + 0 + 2 + 0 + 0 = 27 points.
TIER_1_POINTS = 27

# 1 + 1 + 0 + 0 + 0 ... = 2 points and no rule: below the 10 points of Tier 3.
TIER_4 = {
    **TIER_1,
    "areas": ["internal_work"],
    "decision_role": ["informs"],
    "people_affected": ["under_100"],
    "reversibility": ["easily"],
    "groups": ["no_people"],
    "personal_data": ["none"],
    "reasons": ["told"],
}
TIER_4_POINTS = 2

GAP = "fairness.selection_rate_gap:race"


def tiered(release: Release, by: User, answers: dict[str, list[str]]) -> Intake:
    """The release with its intake submitted."""
    intake, _ = submit_intake(actor=by, release=release, answers=answers)
    return intake


def planned(
    release: Release, dataset: Dataset, by: User, *, locked: bool = True, requirement: str = GAP
) -> Check:
    """A plan with the one check that the policy asks under GAP: at most 0.10."""
    plan = EvaluationPlan.objects.create(release=release, created_by=by)
    check = Check.objects.create(
        plan=plan,
        requirement=requirement,
        title="Selection-rate gap by race at most 0.10",
        short_title="Selection-rate gap, race",
        method="fairness.group_rates",
        method_version="1.0.0",
        metric="selection_rate_worst_difference",
        by=["race"],
        direction="at_most",
        threshold=Decimal("0.10"),
        parameters={"minimum_group_size": 30},
        dataset=dataset,
    )
    if locked:
        plan.state, plan.locked_at, plan.locked_by = "locked", timezone.now(), by
        plan.digest = plan.computed_digest()
        plan.save()
    return check


def ran(check: Check, by: User, *, state: str = "succeeded", message: str = "") -> Run:
    """A run that counts, on the present scope; without a verdict yet."""
    release = check.plan.release
    done = {"result": {"schema": "rai-result/1"}, "result_digest": "a" * 64}
    run = Run.objects.create(
        portfolio=release.system.portfolio,
        release=release,
        plan=check.plan,
        title="Group rates by race",
        method=check.method,
        method_version="1.0.0",
        dataset=check.dataset,
        seed=1,
        counts=True,
        scope_digest=release.scope_digest(),
        started_by=by,
        state=state,
        message=message,
        ended_at=timezone.now(),
        **(done if state == "succeeded" else {}),
    )
    run.checks.add(check)
    return run


NUMBERS = {
    "pass": {"value": 0.03, "low": 0.01, "high": 0.08},
    "fail": {"value": 0.26, "low": 0.18, "high": 0.33},
    "inconclusive": {"value": 0.12, "low": 0.05, "high": 0.19},
    "not_estimable": {},
    "error": {},
}


def judged(check: Check, by: User, verdict: str, *, needs: str = "") -> Run:
    """A run that ended with that verdict for the check."""
    run = ran(check, by)
    RunVerdict.objects.create(
        run=run,
        check_row=check,
        verdict=verdict,
        direction=check.direction,
        threshold=0.10,
        n=304,
        sentence=f"The check says {verdict}.",
        needs=needs,
        **NUMBERS[verdict],
    )
    return run


def attested(release: Release, key: str, by: User) -> RequirementEvidence:
    """Evidence on the present scope."""
    return RequirementEvidence.objects.create(
        release=release,
        requirement=key,
        text="Written in full.",
        scope_digest=release.scope_digest(),
        attested_by=by,
        attested_at=timezone.now(),
    )


def signed(release: Release, key: str, by: User, outcome: str = "signed") -> SignOff:
    """A specialist's word on the present scope."""
    return SignOff.objects.create(
        release=release,
        requirement=key,
        outcome=outcome,
        note="Read.",
        scope_digest=release.scope_digest(),
        signed_by=by,
        signed_at=timezone.now(),
    )


def policy_version() -> PolicyVersion:
    """The packaged policy, as the migrations published it."""
    return PolicyVersion.objects.get(number=1)
