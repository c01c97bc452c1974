"""The outcome: an approval is bound to what was approved."""

from dataclasses import replace
from datetime import timedelta

import pytest

from assessments.rules.gate import compute
from assessments.rules.gate_inputs import AcceptanceEvidence, ConditionEvidence
from assessments.rules.statuses import OUTCOME_MEANINGS, SEVERITY, STATUS_MEANINGS, worsened
from tests.assessments.rules.cases import (
    NOW,
    decision,
    exception,
    inputs,
    mortgage_requirements,
    risk,
)

REQUIREMENTS = mortgage_requirements()
READY = inputs(REQUIREMENTS)
SEEN = compute(READY).statuses


def after(*decisions, **changes):
    return compute(replace(READY, decisions=decisions, **changes))


def condition(**changes):
    base = ConditionEvidence(
        condition_id="1", title="Second reader hired", due_at=NOW + timedelta(days=9), met=False
    )
    return replace(base, **changes)


def test_a_go_on_a_ready_gate_approves():
    gate = after(decision(SEEN))
    assert (gate.outcome, gate.decision_id) == ("approved", "3")


def test_a_confirming_computation_changes_neither_outcome_nor_digest():
    later = replace(READY, decisions=(decision(SEEN),), now=NOW + timedelta(hours=5))
    assert compute(later).digest == after(decision(SEEN)).digest


@pytest.mark.parametrize(
    ("changes", "outcome", "said"),
    [
        ({"scope_digest": "older"}, "stale", "scope has changed"),
        ({"policy_digest": "older"}, "stale", "policy has changed"),
        ({"expires_at": NOW}, "expired", "stood until 2026-11-22"),
        ({"decided_at": NOW - timedelta(days=180)}, "expired", "stood until 2026-11-22"),
        ({"decided_at": NOW + timedelta(days=1)}, "blocked", "still to come"),
        ({"had_a_hand": True}, "blocked", "had a hand"),
        ({"kind": "sure"}, "blocked", "cannot be read"),
        ({"tier": 4}, "stale", "The tier has changed since Decision 3, which was taken in Tier 4"),
        ({"tier": None}, "stale", "taken without a tier"),
        ({"settled": False}, "blocked", "does not rest on the signatures that it needs"),
        ({"settled": False, "kind": "no_go"}, "blocked", "does not rest on the signatures"),
        ({"settled": False, "scope_digest": "older"}, "stale", "scope has changed"),
        ({"kind": "no_go"}, "refused", "refused this scope"),
        ({"kind": "no_go", "scope_digest": "older"}, "ready", "All 18"),
    ],
)
def test_a_decision_that_no_longer_fits_does_not_approve(changes, outcome, said):
    gate = after(decision(SEEN, **changes))
    assert gate.outcome == outcome
    assert said in gate.reason


def test_a_status_that_worsens_makes_the_decision_stale():
    gate = after(decision(SEEN), documents=())
    assert gate.outcome == "stale"
    assert "Worse than when Decision 3 was taken: documents.model_card" in gate.reason
    assert "and 3 more" in gate.reason


def test_a_new_demand_that_is_open_makes_stale_and_one_that_is_met_does_not():
    fewer = tuple(item for item in SEEN if item[0] != "monitoring.plan")
    assert after(decision(fewer)).outcome == "approved"
    assert after(decision(fewer), documents=()).outcome == "stale"


def test_a_gate_approved_while_something_was_open_is_blocked():
    worse = compute(replace(READY, documents=()))
    gate = after(decision(worse.statuses), documents=())
    assert gate.outcome == "blocked"


def test_an_exception_that_ends_makes_the_approval_stale():
    waived = exception("documents.datasheet", "missing", expires_at=NOW + timedelta(days=2))
    without = tuple(item for item in READY.documents if item.document != "datasheet")
    granted = replace(READY, documents=without, exceptions=(waived,))
    seen = compute(granted).statuses
    assert ("documents.datasheet", "accepted") in seen
    approved = replace(granted, decisions=(decision(seen, kind="go_with_conditions"),))
    assert compute(approved).outcome == "approved_with_conditions"
    assert compute(replace(approved, now=NOW + timedelta(days=2))).outcome == "stale"


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "approved_with_conditions"),
        ({"due_at": NOW}, "blocked"),
        ({"due_at": NOW, "met": True}, "approved_with_conditions"),
    ],
)
def test_a_condition_that_is_due_and_not_met_blocks(changes, outcome):
    given = decision(SEEN, kind="go_with_conditions", conditions=(condition(**changes),))
    gate = after(given)
    assert gate.outcome == outcome
    if outcome == "blocked":
        assert gate.reason == "A condition is due and not met: Second reader hired."


def test_the_latest_decision_counts():
    older = decision(SEEN, decision_id="2", decided_at=NOW - timedelta(days=9))
    newer = decision(SEEN, kind="no_go")
    assert after(older, newer).outcome == after(newer, older).outcome == "refused"
    assert after(replace(older, kind="no_go"), decision(SEEN)).outcome == "approved"
    at_once = replace(newer, decided_at=older.decided_at)
    assert after(older, at_once).outcome == "refused"
    forged = decision(SEEN, settled=False)
    assert after(replace(older, kind="go"), forged).outcome == "blocked"


def acceptance(**changes):
    base = AcceptanceEvidence(
        acceptance_id="1",
        label="Acceptance 1",
        level="high",
        accepted_by="Executive 1",
        roles=frozenset({"executive"}),
        had_a_hand=False,
        accepted_at=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=30),
    )
    return replace(base, **changes)


def appetite(*acceptances, likelihood=3, severity=4):
    high = risk("9", likelihood, severity, acceptances=acceptances)
    gate = compute(replace(READY, risks=(*READY.risks, high)))
    return next(item for item in gate.requirements if item.key == "risks.appetite")


def test_a_risk_over_appetite_blocks_until_a_person_with_the_right_takes_it():
    found = appetite()
    assert found.status == "failed"
    assert found.reason == "1 risk over appetite (it ends at medium): Risk 9."
    assert appetite(acceptance()).status == "met"


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_at": NOW},
        {"withdrawn": True},
        {"risk_changed": True},
        {"had_a_hand": True},
        {"roles": frozenset({"board"})},
        {"level": "medium"},
        {"level": "enormous"},
        {"accepted_at": NOW + timedelta(days=1)},
        {"expires_at": NOW + timedelta(days=180)},
    ],
)
def test_an_acceptance_that_does_not_stand_takes_nothing(changes):
    assert appetite(acceptance(**changes)).status == "failed"


def test_an_acceptance_of_high_does_not_cover_critical():
    assert appetite(acceptance(), likelihood=4, severity=4).status == "failed"
    taken = acceptance(level="critical")
    assert appetite(taken, likelihood=4, severity=4).status == "met"


def test_worse_is_defined_for_every_status_and_every_word_is_explained():
    assert set(STATUS_MEANINGS) == set(SEVERITY)
    assert len(OUTCOME_MEANINGS) == 7
    assert worsened({"a": "met"}, {"a": "accepted"}) == ("a",)
    assert worsened({"a": "inconclusive"}, {"a": "accepted"}) == ()
    assert worsened({"a": "met"}, {"a": "splendid"}) == ("a",)
