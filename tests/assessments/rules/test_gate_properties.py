"""Over random evidence the gate is monotone, closed on what is missing, and a function."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.rules.gate import compute
from assessments.rules.gate_inputs import Numbers
from assessments.rules.statuses import PASSING, SEVERITY
from tests.assessments.rules.cases import (
    METHODS,
    NOW,
    SCOPE,
    check,
    decision,
    document,
    exception,
    inputs,
    mortgage_requirements,
    passing_numbers,
    risk,
    run,
    sign_off,
)

OPENNESS = {"ready": 1, "approved": 2, "approved_with_conditions": 2}
WORSE_VERDICT = ["pass", "inconclusive", "not_estimable", "error", "fail", "nonsense", ""]
FIELDS = ("checks", "documents", "sign_offs", "exceptions")
REQUIREMENTS = {tier: mortgage_requirements(tier=tier) for tier in (1, 2, 3, 4)}


def openness(gate) -> int:
    return OPENNESS.get(gate.outcome, 0)


# Mostly good evidence, so that gates that open are common enough to be closed again.
GOOD = st.integers(0, 29).map(bool)


@st.composite
def runs_of(draw: st.DrawFn, requirement):
    good = draw(GOOD)
    verdict = "pass" if good else draw(st.sampled_from(WORSE_VERDICT))
    numbers = passing_numbers(requirement.measure.direction)
    if verdict != "pass" and draw(st.booleans()):
        numbers = Numbers(value=0.2, low=0.05, high=0.3, n=300)
    state = "succeeded"
    if not draw(GOOD):
        state = draw(st.sampled_from(["queued", "running", "failed", "cancelled", "lost"]))
    scope = SCOPE if draw(GOOD) else "older"
    return run(verdict=verdict, numbers=numbers, state=state, scope_digest=scope, counts=draw(GOOD))


@st.composite
def evidence(draw: st.DrawFn):
    tier = draw(st.sampled_from([1, 2, 3, 4]))
    requirements = REQUIREMENTS[tier]
    base = inputs(requirements, tier)
    applying = [item for item in requirements if item.applies]
    checks = tuple(
        check(item, draw(runs_of(item))) for item in applying if item.measure and draw(GOOD)
    )
    documents = tuple(
        document(key, state="confirmed" if draw(GOOD) else "draft")
        for key in sorted({item.document for item in requirements} - {""})
        if draw(GOOD)
    )
    sign_offs = tuple(
        sign_off(item.specialism, had_a_hand=not draw(GOOD))
        for item in applying
        if item.specialism and draw(GOOD)
    )
    excepted = draw(st.lists(st.sampled_from(applying), max_size=2))
    exceptions = tuple(
        exception(item.key, draw(st.sampled_from(sorted(SEVERITY))), exception_id=str(index))
        for index, item in enumerate(excepted)
    )
    found = replace(
        base,
        checks=checks,
        documents=documents,
        sign_offs=sign_offs,
        exceptions=exceptions,
        risks=tuple(risk(str(number), basis="measured") for number in range(draw(GOOD) * 2)),
        plan_locked=draw(GOOD),
    )
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["go", "go", "go_with_conditions", "no_go"]))
        found = replace(found, decisions=(decision(compute(found).statuses, kind=kind),))
    return found


@st.composite
def lessened(draw: st.DrawFn, given_inputs):
    """The same evidence with something taken away or made worse."""
    ways = [name for name in FIELDS if getattr(given_inputs, name)]
    ways += ["unlock", "policy", "later", "rating", "verdict", "looser", "tier"]
    way = draw(st.sampled_from(ways))
    if way in FIELDS:
        items = getattr(given_inputs, way)
        index = draw(st.integers(0, len(items) - 1))
        return replace(given_inputs, **{way: items[:index] + items[index + 1 :]})
    if way == "verdict" and given_inputs.checks:
        return worse_verdict(given_inputs, draw)
    if way == "looser":
        looser = tuple(
            replace(item, threshold=1.0 if item.direction == "at_most" else 0.0)
            if item.threshold is not None
            else item
            for item in given_inputs.checks
        )
        return replace(given_inputs, checks=looser)
    if way == "rating":
        return replace(
            given_inputs,
            risks=tuple(replace(item, severity=5, likelihood=5) for item in given_inputs.risks),
        )
    return {
        "unlock": replace(given_inputs, plan_locked=False),
        "policy": replace(given_inputs, policy=replace(given_inputs.policy, digest="other")),
        "later": replace(given_inputs, now=NOW + timedelta(days=4000)),
        "tier": replace(given_inputs, tier=None),
    }.get(way, given_inputs)


def worse_verdict(given_inputs, draw):
    """Each verdict at least as severe as before in the gate's own order."""
    order = ["pass", "inconclusive", "not_estimable", "error", "fail"]
    index = draw(st.integers(0, len(given_inputs.checks) - 1))
    checked = given_inputs.checks[index]
    before = checked.runs[0].verdict
    # An exception for the worse status would rightly open it, so exceptions are left out here.
    worse = order[order.index(before) :] if before in order else ["error"]
    changed = replace(checked.runs[0], verdict=draw(st.sampled_from(worse)))
    checks = list(given_inputs.checks)
    checks[index] = replace(checked, runs=(changed,))
    return replace(given_inputs, checks=tuple(checks), exceptions=())


@settings(deadline=None)
@given(evidence(), st.data())
def test_less_or_worse_evidence_never_opens_a_gate(found, data):
    less = data.draw(lessened(found))
    if found.exceptions and not less.exceptions:
        found = replace(found, exceptions=())
    before, after = compute(found), compute(less)
    assert openness(after) <= openness(before)
    assert not (after.ready and not before.ready)


@settings(deadline=None)
@given(evidence())
def test_an_open_gate_has_only_passing_requirements_and_some_that_apply(found):
    gate = compute(found)
    statuses = [item.status for item in gate.requirements]
    assert gate.ready == (
        all(status in PASSING for status in statuses)
        and any(status in {"met", "accepted"} for status in statuses)
    )
    if openness(gate):
        assert gate.ready
    assert set(gate.blockers) == {item.key for item in gate.requirements if item.is_open}


@settings(deadline=None)
@given(evidence(), st.randoms())
def test_a_gate_is_a_function_of_its_evidence_in_any_order(found, random):
    def shuffled(items):
        turned = list(items)
        random.shuffle(turned)
        return tuple(turned)

    turned = replace(
        found,
        **{name: shuffled(getattr(found, name)) for name in (*FIELDS, "risks", "decisions")},
        available_methods=METHODS,
    )
    assert compute(turned) == compute(found)
    assert compute(turned).digest == compute(found).digest


@settings(deadline=None)
@given(st.text(max_size=12), st.sampled_from(["succeeded", "queued", "whatever"]))
def test_only_the_word_pass_of_a_run_that_succeeded_can_meet_a_check(verdict, state):
    requirement = next(item for item in REQUIREMENTS[1] if item.measure)
    numbers = passing_numbers("at_most")
    evidence_of = check(requirement, run(verdict=verdict, state=state, numbers=numbers))
    gate = compute(inputs((requirement,), checks=(evidence_of,)))
    assert gate.ready == (verdict == "pass" and state == "succeeded")


def test_open_gates_do_occur_in_these_properties():
    assert compute(inputs(REQUIREMENTS[1])).ready
    seen = compute(inputs(REQUIREMENTS[1]))
    approved = inputs(REQUIREMENTS[1], decisions=(decision(seen.statuses),))
    assert openness(compute(approved)) == 2
