"""Who may decide, accept and except; and that nobody decides on their own work."""

import inspect
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.rules import decision_rights
from assessments.rules.decision_rights import (
    Vote,
    choices,
    may_accept_risk,
    may_decide,
    may_grant_exception,
    settled,
)
from assessments.rules.gate import compute
from assessments.rules.gate_inputs import Numbers
from tests.assessments.rules.cases import check, inputs, mortgage_requirements, policy, run

ROLES = ("analyst", "owner", "reviewer", "board", "executive", "auditor", "administrator")


def decide(roles, tier=1, actor="me", contributors=(), requesters=()):
    return may_decide(
        policy(),
        actor_id=actor,
        roles=roles,
        contributor_ids=contributors,
        requester_ids=requesters,
        tier=tier,
    )


@pytest.mark.parametrize(
    ("tier", "deciding"),
    [
        (1, {"board", "executive"}),
        (2, {"board", "executive"}),
        (3, {"board", "executive"}),
        (4, {"reviewer", "board", "executive"}),
    ],
)
def test_who_decides_follows_from_the_tier(tier, deciding):
    assert {role for role in ROLES if decide([role], tier).allowed} == deciding


def test_a_refusal_says_why_in_a_sentence():
    assert decide(["board"], contributors={"me"}).reason == (
        "You had a hand in this release, so somebody else decides on it."
    )
    assert "asked for this decision" in decide(["board"], requesters={"me"}).reason
    assert decide(["analyst"]).reason == (
        "A decision in Tier 1 is taken by a board member or an executive."
    )
    assert not decide(["board"], tier=None).allowed


def test_no_right_takes_a_superuser_or_a_delegate_into_account():
    for function in (may_decide, may_accept_risk, may_grant_exception, choices, settled):
        names = set(inspect.signature(function).parameters)
        assert not names & {"is_superuser", "superuser", "user", "delegate", "group", "token"}
    assert decision_rights.VERSION == "1.0.0"


@settings(deadline=None)
@given(st.sets(st.sampled_from(ROLES)), st.sampled_from([None, 1, 2, 3, 4, 5]))
def test_a_contributor_or_requester_never_decides_whatever_the_roles_and_the_tier(roles, tier):
    assert not decide(roles, tier, contributors={"me", "you"}).allowed
    assert not decide(roles, tier, requesters={"me"}).allowed
    ready = compute(inputs(mortgage_requirements()))
    offered = choices(
        policy(),
        ready,
        actor_id="me",
        roles=roles,
        contributor_ids={"me"},
        requester_ids=(),
        tier=tier,
    )
    assert not any(choice.open for choice in offered)


@pytest.mark.parametrize(
    ("tier", "level", "accepting"),
    [
        (1, "high", {"executive"}),
        (1, "critical", {"executive"}),
        (2, "high", {"board", "executive"}),
        (4, "critical", {"executive"}),
        (1, "extreme", set()),
    ],
)
def test_who_accepts_a_risk_follows_from_tier_and_level(tier, level, accepting):
    def allowed(role, contributors=()):
        return may_accept_risk(
            policy(),
            actor_id="me",
            roles=[role],
            contributor_ids=contributors,
            tier=tier,
            level=level,
        ).allowed

    assert {role for role in ROLES if allowed(role)} == accepting
    assert not any(allowed(role, {"me"}) for role in ROLES)


def grant(roles, tier, category, status, *, data=True, contributors=()):
    return may_grant_exception(
        policy(),
        actor_id="me",
        roles=roles,
        contributor_ids=contributors,
        tier=tier,
        category=category,
        status=status,
        has_data_to_collect=data,
    )


def test_exceptions_follow_the_policy():
    assert grant(["executive"], 1, "evaluation", "inconclusive").allowed
    assert not grant(["executive"], 1, "evaluation", "inconclusive", data=False).allowed
    assert not grant(["board"], 1, "evaluation", "inconclusive").allowed
    assert not grant(["executive"], 1, "evaluation", "missing").allowed
    assert not grant(["executive"], 1, "evaluation", "failed").allowed
    assert grant(["board"], 2, "evaluation", "failed").allowed
    assert not grant(["executive"], 1, "risk", "failed").allowed
    assert not grant(["executive"], 1, "sign_off", "failed").allowed
    assert grant(["executive"], 1, "sign_off", "missing").allowed
    assert not grant(["executive"], 1, "sign_off", "missing", contributors={"me"}).allowed
    assert not grant(["executive"], None, "sign_off", "missing").allowed


def test_a_failed_measured_check_stays_closed_in_tier_1_even_if_a_policy_said_otherwise():
    rights = policy().decision_rights
    opened = tuple(
        replace(rule, roles=("board", "executive"), needs_data=False) for rule in rights.exceptions
    )
    lax = replace(policy(), decision_rights=replace(rights, exceptions=opened))
    permission = may_grant_exception(
        lax,
        actor_id="me",
        roles=["board", "executive"],
        contributor_ids=(),
        tier=1,
        category="evaluation",
        status="failed",
        has_data_to_collect=True,
    )
    assert not permission.allowed


# What the gate leaves open


def offered(gate, roles, tier=1):
    found = choices(
        policy(),
        gate,
        actor_id="me",
        roles=roles,
        contributor_ids=(),
        requester_ids=(),
        tier=tier,
    )
    return {choice.kind: choice for choice in found}


def gate_with(verdict, tier=1, **changes):
    requirements = mortgage_requirements(tier=tier)
    gap = next(item for item in requirements if item.key == "fairness.selection_rate_gap:race")
    numbers = Numbers(value=0.26, low=0.05, high=0.33, n=1989)
    base = inputs(requirements, tier)
    others = tuple(item for item in base.checks if item.requirement_key != gap.key)
    measured = check(gap, run(verdict=verdict, numbers=numbers))
    return compute(replace(base, checks=(*others, measured), **changes))


def test_a_ready_gate_leaves_all_three_open():
    found = offered(compute(inputs(mortgage_requirements())), ["board"])
    assert [found[kind].open for kind in ("go", "go_with_conditions", "no_go")] == [True] * 3


def test_a_failed_check_in_tier_1_leaves_only_no_go():
    found = offered(gate_with("fail"), ["board", "executive"])
    assert [kind for kind, choice in found.items() if choice.open] == ["no_go"]
    assert "1 of 18 requirements is open" in found["go"].reason
    assert "cannot be excepted in Tier 1" in found["go_with_conditions"].reason


def test_an_inconclusive_check_in_tier_1_opens_go_with_conditions_to_an_executive_alone():
    gate = gate_with("inconclusive")
    assert not offered(gate, ["board"])["go_with_conditions"].open
    choice = offered(gate, ["executive"])["go_with_conditions"]
    assert choice.open
    assert choice.exceptions == ("fairness.selection_rate_gap:race",)
    assert not offered(gate, ["executive"])["go"].open


def test_one_requirement_that_cannot_be_excepted_closes_go_with_conditions():
    gate = gate_with("inconclusive", risks=())
    choice = offered(gate, ["executive"])["go_with_conditions"]
    assert not choice.open
    assert choice.reason.startswith("Risks named")


def test_a_gate_that_asks_nothing_leaves_only_no_go():
    found = offered(compute(inputs(())), ["board", "executive"])
    assert [kind for kind, choice in found.items() if choice.open] == ["no_go"]


# Votes


def vote(person, kind="go", function="Risk", roles=("board",)):
    return Vote(person_id=person, roles=frozenset(roles), function=function, kind=kind)


def settle(*votes, tier=1, contributors=(), requesters=()):
    return settled(
        policy(), votes, contributor_ids=contributors, requester_ids=requesters, tier=tier
    )


def test_tier_1_is_settled_by_two_people_from_two_functions():
    assert settle(vote("a")).reason == "1 of 2 approvals are there."
    same = settle(vote("a"), vote("b"))
    assert (same.kind, same.reason) == (
        None,
        "The approvals come from 1 of the 2 functions that are needed.",
    )
    done = settle(vote("a"), vote("b", function="Product"))
    assert (done.kind, done.counted) == ("go", ("a", "b"))


def test_a_blank_function_brings_none():
    assert settle(vote("a"), vote("b", function="")).kind is None


def test_one_vote_for_conditions_makes_a_go_with_conditions():
    done = settle(vote("a"), vote("b", "go_with_conditions", "Product"))
    assert done.kind == "go_with_conditions"


def test_a_refusal_settles_a_no_go():
    assert settle(vote("a"), vote("b", "no_go", "Product")).kind == "no_go"


def test_votes_without_the_right_do_not_count():
    assert settle(vote("a"), vote("b", function="Product"), contributors={"b"}).kind is None
    assert settle(vote("a"), vote("b", function="Product"), requesters={"b"}).kind is None
    assert settle(vote("a"), vote("b", function="Product", roles=("analyst",))).kind is None
    assert settle(vote("a"), vote("b", "maybe", "Product")).kind is None
    assert settle(vote("a"), vote("b", function="Product"), tier=None).kind is None
    assert settle(vote("b", "no_go"), vote("a"), tier=2, contributors={"b"}).kind == "go"


def test_a_person_counts_once_by_the_more_cautious_vote():
    assert settle(vote("a"), vote("a", function="Product")).kind is None
    assert settle(vote("a"), vote("a", "no_go"), tier=2).kind == "no_go"


def test_tier_4_is_settled_by_one_reviewer():
    assert settle(vote("a", function="", roles=("reviewer",)), tier=4).kind == "go"


VOTES = st.lists(
    st.builds(
        vote,
        st.sampled_from("abcd"),
        st.sampled_from(["go", "go_with_conditions", "no_go", "maybe"]),
        st.sampled_from(["", "Risk", "Product"]),
        st.sets(st.sampled_from(ROLES)),
    ),
    max_size=6,
)


@settings(deadline=None)
@given(VOTES, st.sampled_from([1, 2, 3, 4]), st.sets(st.sampled_from("abcd")), st.randoms())
def test_a_settlement_depends_on_neither_the_order_nor_the_votes_of_contributors(
    votes, tier, contributors, random
):
    shuffled = list(votes)
    random.shuffle(shuffled)
    found = settle(*votes, tier=tier, contributors=contributors)
    assert found == settle(*shuffled, tier=tier, contributors=contributors)
    assert not set(found.counted) & contributors
    without = [item for item in votes if item.person_id not in contributors]
    assert found == settle(*without, tier=tier)
