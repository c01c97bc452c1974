from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.guards import GUARDS as ASSESSMENT_GUARDS
from assessments.models import (
    Decision,
    ExceptionGrant,
    GateSnapshot,
    PolicyVersion,
    Review,
    RiskAcceptance,
    Vote,
)
from assessments.services import gates
from assessments.services.gates import (
    compute_gate,
    release_gate,
    release_gates,
    snapshot_gate,
)
from registry.guards import GUARDS as HAND_GUARDS
from registry.models import AISystem, Contribution, Release
from registry.risk_text import risk_digest
from registry.services.contributions import note_contribution
from tests.assessments.world import (
    GAP,
    TIER_1,
    TIER_4,
    attested,
    judged,
    planned,
    policy_version,
    ran,
    signed,
    tiered,
)
from tests.factories import People, attach, make_dataset, make_release, make_risk, make_system
from tests.unguarded import unguarded


def status_of(release: Release, key: str) -> str:
    return {item.key: item.status for item in compute_gate(release).requirements}[key]


@pytest.fixture
def tier_1(people: People, release: Release) -> Release:
    """Tier 1 with the 304 decisions attached, race sensitive."""
    attach(release, make_dataset(portfolio=people.portfolio, by=people.analyst))
    tiered(release, people.analyst, TIER_1)
    return release


def dataset_of(release: Release):
    return release.release_datasets.get().dataset


def test_a_release_without_intake_is_blocked_and_says_so(release: Release) -> None:
    gate = compute_gate(release)
    assert gate.outcome == "blocked"
    assert gate.requirements == ()
    assert "intake" in gate.reason


def test_a_tier_1_release_with_nothing_measured_is_blocked_with_everything_missing(
    tier_1: Release,
) -> None:
    gate = compute_gate(tier_1)
    assert gate.outcome == "blocked"
    assert not gate.ready
    applying = [item for item in gate.requirements if item.status != "not_applicable"]
    assert applying
    # Nothing was found either, which is the one thing that nobody has to file.
    assert {item.status for item in applying if item.key != "findings.grave"} == {"missing"}
    assert GAP in gate.blockers


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        ("pass", "met"),
        ("fail", "failed"),
        ("inconclusive", "inconclusive"),
        ("not_estimable", "not_estimable"),
        ("error", "error"),
    ],
)
def test_a_verdict_becomes_a_status_and_only_a_pass_is_met(
    people: People, tier_1: Release, verdict: str, status: str
) -> None:
    check = planned(tier_1, dataset_of(tier_1), people.analyst)
    judged(check, people.analyst, verdict)
    gate = compute_gate(tier_1)
    assert {item.key: item.status for item in gate.requirements}[GAP] == status
    assert (GAP in gate.blockers) == (status != "met")


@pytest.mark.parametrize(
    ("state", "status"),
    [("failed", "error"), ("cancelled", "error"), ("running", "running"), ("queued", "running")],
)
def test_a_run_without_a_result_never_counts_as_met(
    people: People, tier_1: Release, state: str, status: str
) -> None:
    check = planned(tier_1, dataset_of(tier_1), people.analyst)
    ran(check, people.analyst, state=state, message="The worker was killed three times.")
    assert status_of(tier_1, GAP) == status


def test_a_run_that_succeeded_without_a_verdict_is_an_error(
    people: People, tier_1: Release
) -> None:
    ran(planned(tier_1, dataset_of(tier_1), people.analyst), people.analyst)
    assert status_of(tier_1, GAP) == "error"


def test_a_pass_on_a_plan_that_is_not_locked_does_not_count(
    people: People, tier_1: Release
) -> None:
    check = planned(tier_1, dataset_of(tier_1), people.analyst, locked=False)
    judged(check, people.analyst, "pass")
    assert status_of(tier_1, GAP) == "missing"


def test_a_changed_release_makes_its_runs_and_documents_stale(
    people: People, tier_1: Release
) -> None:
    judged(planned(tier_1, dataset_of(tier_1), people.analyst), people.analyst, "pass")
    attested(tier_1, "documents.datasheet", people.owner)
    signed(tier_1, "sign_offs.legal", people.reviewer)
    assert status_of(tier_1, GAP) == "met"
    tier_1.settings = {"cut_off": "0.6"}
    tier_1.save()
    fresh = Release.objects.get(pk=tier_1.pk)
    assert status_of(fresh, GAP) == "stale"
    assert status_of(fresh, "documents.datasheet") == "stale"
    assert status_of(fresh, "sign_offs.legal") == "stale"


def test_what_is_bound_to_the_system_holds_for_its_next_release(
    people: People, tier_1: Release
) -> None:
    attested(tier_1, "controls.contest", people.owner)
    attested(tier_1, "documents.datasheet", people.owner)
    later = make_release(tier_1.system, by=people.analyst)
    tiered(later, people.analyst, TIER_1)
    assert status_of(later, "controls.contest") == "met"
    assert status_of(later, "documents.datasheet") == "missing"


def test_a_sign_off_by_somebody_who_contributes_later_no_longer_counts(
    people: People, tier_1: Release
) -> None:
    signed(tier_1, "sign_offs.legal", people.reviewer)
    assert status_of(tier_1, "sign_offs.legal") == "met"
    note_contribution(release=tier_1, user=people.reviewer, act="plan.changed")
    assert status_of(tier_1, "sign_offs.legal") == "missing"


def test_changes_that_a_reviewer_asked_for_fail_until_the_same_reviewer_signs(
    people: People, tier_1: Release
) -> None:
    signed(tier_1, "sign_offs.legal", people.reviewer, outcome="changes")
    assert status_of(tier_1, "sign_offs.legal") == "failed"
    signed(tier_1, "sign_offs.legal", people.reviewer)
    assert status_of(tier_1, "sign_offs.legal") == "met"


def grant(people: People, release: Release, key: str, status: str, days: int = 60) -> None:
    now = timezone.now()
    ExceptionGrant.objects.create(
        release=release,
        requirement=key,
        status_accepted=status,
        scope_digest=release.scope_digest(),
        reason="The season starts.",
        compensation="200 more rows by March.",
        expires_on=now.date() + dt.timedelta(days=days),
        requested_by=people.analyst,
        requested_at=now,
        granted_by=people.executive,
        granted_at=now,
        roles=sorted(people.executive.roles_in(release.portfolio_id)),
    )


def test_in_tier_1_an_executive_may_except_an_inconclusive_check_but_not_a_failed_one(
    people: People, tier_1: Release
) -> None:
    check = planned(tier_1, dataset_of(tier_1), people.analyst)
    judged(check, people.analyst, "inconclusive")
    grant(people, tier_1, GAP, "inconclusive")
    assert status_of(tier_1, GAP) == "accepted"


def test_an_exception_for_a_failed_check_changes_nothing_in_tier_1(
    people: People, tier_1: Release
) -> None:
    judged(planned(tier_1, dataset_of(tier_1), people.analyst), people.analyst, "fail")
    grant(people, tier_1, GAP, "failed")
    assert status_of(tier_1, GAP) == "failed"


def test_an_exception_ends_by_itself(people: People, tier_1: Release) -> None:
    judged(planned(tier_1, dataset_of(tier_1), people.analyst), people.analyst, "inconclusive")
    grant(people, tier_1, GAP, "inconclusive", days=10)
    later = timezone.now() + dt.timedelta(days=11)
    gate = compute_gate(tier_1, now=later)
    assert {item.key: item.status for item in gate.requirements}[GAP] == "inconclusive"


def rated(people: People, system: AISystem, likelihood: int = 4, severity: int = 4):
    return make_risk(
        system,
        by=people.analyst,
        current_likelihood=likelihood,
        current_severity=severity,
        rated_by=people.analyst,
        rated_at=timezone.now(),
        rating_rationale="Read from the decisions of last year.",
    )


def test_a_risk_over_appetite_fails_until_the_executive_takes_it(
    people: People, tier_1: Release
) -> None:
    risk = rated(people, tier_1.system)
    assert status_of(tier_1, "risks.appetite") == "failed"
    RiskAcceptance.objects.create(
        risk=risk, likelihood=4, severity=4, rationale="Small.", monitoring="Monthly.",
        expires_on=timezone.now().date() + dt.timedelta(days=30),
        accepted_by=people.executive, accepted_at=timezone.now(), risk_digest=risk_digest(risk), roles=["executive"],
    )  # fmt: skip
    assert status_of(tier_1, "risks.appetite") == "met"


def test_a_risk_without_a_rating_blocks(people: People, tier_1: Release) -> None:
    make_risk(tier_1.system, by=people.analyst)
    assert status_of(tier_1, "risks.rated") == "missing"
    assert status_of(tier_1, "risks.appetite") == "missing"


def ready_tier_4(people: People, release: Release) -> Release:
    tiered(release, people.analyst, TIER_4)
    rated(people, release.system, likelihood=1, severity=2)
    attested(release, "documents.owner_attestation", people.owner)
    attested(release, "documents.data_note", people.owner)
    return release


def decide(people: People, release: Release, kind: str = "go") -> Decision:
    snapshot = snapshot_gate(release)
    review = Review.objects.create(
        release=release, recommendation=kind, rationale="As it stands.", gate=snapshot,
        scope_digest=snapshot.scope_digest, recommended_by=people.analyst,
        recommended_at=timezone.now(),
    )  # fmt: skip
    Vote.objects.create(
        review=review, voter=people.board, kind=kind, reason="Read.", gate_digest=snapshot.digest,
        scope_digest=snapshot.scope_digest, signed_at=timezone.now(),
        roles=["board"], function=people.board.function,
    )  # fmt: skip
    return Decision.objects.create(
        review=review, release=release, kind=kind, reason="Read.", gate=snapshot,
        scope_digest=snapshot.scope_digest, policy=policy_version(), decided_at=timezone.now(),
        expires_on=timezone.now().date() + dt.timedelta(days=365),
    )  # fmt: skip


def test_effort_follows_impact_three_statements_make_a_tier_4_release_ready(
    people: People, release: Release
) -> None:
    gate = compute_gate(ready_tier_4(people, release))
    assert len(gate.requirements) == 4  # the fourth: no grave finding, which asks for no statement
    assert gate.outcome == "ready"


def test_an_approval_stands_until_the_scope_changes_and_then_is_stale(
    people: People, release: Release
) -> None:
    decide(people, ready_tier_4(people, release))
    assert compute_gate(release).outcome == "approved"
    release.settings = {"cut_off": "0.6"}
    release.save()
    assert compute_gate(Release.objects.get(pk=release.pk)).outcome == "stale"


def test_an_approval_expires(people: People, release: Release) -> None:
    decide(people, ready_tier_4(people, release))
    later = timezone.now() + dt.timedelta(days=366)
    assert compute_gate(release, now=later).outcome == "expired"


def test_an_approval_by_somebody_who_had_contributed_does_not_count(
    people: People, release: Release
) -> None:
    decision = decide(people, ready_tier_4(people, release))
    note_contribution(release=release, user=people.board, act="release.changed")
    # Noted before the decision, as two transactions at once may leave it.
    with unguarded(*HAND_GUARDS):
        Contribution.objects.filter(user=people.board).update(at=decision.decided_at)
    gate = compute_gate(release)
    assert gate.outcome == "blocked"
    assert "had a hand" in gate.reason


def test_an_approver_who_contributes_afterwards_is_shown_and_voids_nothing(
    people: People, release: Release
) -> None:
    decide(people, ready_tier_4(people, release))
    note_contribution(release=release, user=people.board, act="risk.created")
    found = release_gate(release)
    assert found.gate.outcome == "approved"
    assert people.board.pk in found.contributors


def test_a_refusal_stands_for_its_scope(people: People, release: Release) -> None:
    decide(people, ready_tier_4(people, release), kind="no_go")
    assert compute_gate(release).outcome == "refused"


def test_whatever_goes_wrong_the_gate_is_blocked_and_says_so(
    people: People, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready_tier_4(people, release)

    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(gates.gate_rule, "compute", broken)
    gate = compute_gate(release)
    assert gate.outcome == "blocked"
    assert not gate.ready
    assert "ZeroDivisionError" in gate.reason


def test_a_number_that_is_not_finite_blocks(people: People, tier_1: Release) -> None:
    check = planned(tier_1, dataset_of(tier_1), people.analyst)
    judged(check, people.analyst, "pass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            gates.gate_evidence,
            "_numbers",
            lambda verdict: gates.gate_evidence.Numbers(
                value=float("nan"), low=None, high=None, n=1
            ),
        )
        gate = compute_gate(tier_1)
    assert gate.outcome == "blocked"


def test_a_policy_text_changed_behind_the_portals_back_blocks(
    people: People, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready_tier_4(people, release)
    monkeypatch.setattr("assessments.services.policies._parsed", {})
    with unguarded(*ASSESSMENT_GUARDS):
        PolicyVersion.objects.update(text=PolicyVersion.objects.get().text.replace("0.10", "0.90"))
    gate = compute_gate(release)
    assert gate.outcome == "blocked"
    assert "PolicyError" in gate.reason


def test_a_snapshot_holds_the_gate_and_the_database_does_not_let_it_change(
    people: People, release: Release
) -> None:
    snapshot = snapshot_gate(ready_tier_4(people, release))
    assert snapshot.outcome == "ready"
    assert snapshot.digest == compute_gate(release).digest
    with pytest.raises(DatabaseError), transaction.atomic():
        GateSnapshot.objects.filter(pk=snapshot.pk).update(outcome="approved")


def test_equal_evidence_gives_an_equal_digest_at_another_time(
    people: People, release: Release
) -> None:
    ready_tier_4(people, release)
    now = timezone.now()
    assert (
        compute_gate(release, now=now).digest
        == compute_gate(release, now=now + dt.timedelta(hours=1)).digest
    )


def test_gates_of_many_releases_take_as_many_queries_as_of_one(people: People) -> None:
    def made(number: int) -> list[Release]:
        found = []
        for _ in range(number):
            system = make_system(
                portfolio=people.portfolio, owner=people.owner, created_by=people.analyst
            )
            found.append(ready_tier_4(people, make_release(system, by=people.analyst)))
        for release in found:
            decide(people, release)
        return found

    def queries(releases: list[Release]) -> int:
        rows = list(
            Release.objects.filter(pk__in=[release.pk for release in releases]).select_related(
                "system__portfolio"
            )
        )
        with CaptureQueriesContext(connection) as captured:
            assert {item.gate.outcome for item in release_gates(rows).values()} == {"approved"}
        return len(captured)

    one, many = queries(made(1)), queries(made(6))
    assert one == many
    assert many <= 26
