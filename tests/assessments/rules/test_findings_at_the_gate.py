"""Open grave findings block; tests made outside let nothing pass by themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.gate import compute
from assessments.rules.outside_tests import PREFIX
from assessments.rules.requirements import required
from tests.assessments.rules.cases import (
    SCOPE,
    document,
    exception,
    found,
    inputs,
    mortgage_requirements,
    policy,
)

KEY = "findings.grave"


def status(*findings, tier: int = 1):
    gate = compute(inputs(mortgage_requirements(tier=tier), tier, findings=findings))
    return next(item for item in gate.requirements if item.key == KEY), gate


@pytest.mark.parametrize("tier", [1, 2, 3, 4])
def test_every_tier_asks_that_no_grave_finding_is_open(tier):
    met, gate = status(tier=tier)
    assert (met.status, met.reason) == ("met", "No finding at Sev1 or Sev2 was recorded.")
    assert gate.ready
    failed, gate = status(found("4", 2), tier=tier)
    assert (failed.status, gate.ready, gate.outcome) == ("failed", False, "blocked")
    assert failed.reason == "1 finding open at Sev1 or Sev2: Finding 4 (Sev2)."
    assert failed.mend_by == "owner"


def test_the_gravest_are_named_first_and_settled_ones_are_counted():
    some = (found("1", 2), found("2", 3), found("3", 1), found("5", 2, settled=True))
    assert status(*some)[0].reason == (
        "2 findings open at Sev1 or Sev2: Finding 3 (Sev1), Finding 1 (Sev2)."
    )
    settled = tuple(replace(item, settled=True) for item in some)
    assert status(*settled)[0].reason == (
        "3 findings at Sev1 or Sev2, each closed by a second person."
    )
    assert status(found("2", 3), found("6", 4))[0].status == "met"


@given(st.lists(st.tuples(st.integers(-2, 7), st.booleans()), max_size=6))
def test_it_is_met_only_when_nothing_grave_or_unknown_is_open(pairs):
    items = [found(str(n), severity, settled=done) for n, (severity, done) in enumerate(pairs)]
    grave = any(not done and severity not in (3, 4) for severity, done in pairs)
    assert (status(*items)[0].status == "met") != grave


def test_nobody_may_except_a_grave_finding():
    rights = policy().decision_rights
    for tier in (1, 2, 3, 4):
        rule = rights.exception(tier, "finding", "failed")
        assert rule is None or not rule.roles
    gate = compute(
        inputs(mortgage_requirements(), findings=(found(),), exceptions=(exception(KEY, "failed"),))
    )
    assert KEY in gate.blockers


HARM = "safety.harm_rate"
OUTSIDE = document(f"{PREFIX}{HARM}", label="Evidence 7", confirmed_by="Ada")


def harm(*documents, exceptions=()):
    asked = required(
        policy(), tier=1, kind="rag", traits=frozenset({"generative"}), sensitive_columns=()
    )
    requirement = next(item for item in asked if item.key == HARM)
    given_inputs = inputs((requirement,), checks=(), documents=documents, exceptions=exceptions)
    return compute(given_inputs).requirements[0]


def test_what_cannot_be_measured_here_asks_for_a_report_and_offers_no_run():
    bare = harm()
    assert (bare.status, bare.mend) == ("missing", "File the report of a test made outside")
    assert bare.reason == "The portal has no method that measures this."


def test_a_filed_report_is_attested_and_still_blocks():
    filed = harm(OUTSIDE)
    assert (filed.status, filed.basis, filed.is_open) == ("not_estimable", "attested", True)
    assert "Evidence 7" in filed.reason
    assert filed.mend == "Ask for an exception that rests on the outside test"


def test_a_report_on_another_scope_or_for_another_requirement_counts_as_none():
    assert harm(replace(OUTSIDE, scope_digest="older")).status == "missing"
    assert harm(replace(OUTSIDE, document=f"{PREFIX}safety.prompt_injection")).status == "missing"
    assert harm(replace(OUTSIDE, state="draft")).status == "missing"


def test_an_executive_may_except_it_on_the_filed_report_alone():
    granted = exception(HARM, "not_estimable", scope_digest=SCOPE)
    assert harm(OUTSIDE, exceptions=(granted,)).status == "accepted"
    assert harm(exceptions=(granted,)).status == "missing"
    assert harm(exceptions=(exception(HARM, "missing"),)).status == "missing"
    by_board = replace(granted, roles=frozenset({"board"}))
    assert harm(OUTSIDE, exceptions=(by_board,)).is_open
