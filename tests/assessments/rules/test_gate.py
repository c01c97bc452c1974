"""The status of each requirement, and that anything but evidence blocks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from assessments.rules.gate import compute
from assessments.rules.gate_inputs import DataEvidence, Numbers
from assessments.rules.numbers_text import sentence
from assessments.rules.requirements import required
from evaluations.methods import catalogue
from tests.assessments.rules.cases import (
    NOW,
    check,
    document,
    exception,
    inputs,
    mortgage_requirements,
    passing_numbers,
    risk,
    run,
    sign_off,
)

GAP = "fairness.selection_rate_gap:race"
REQUIREMENTS = mortgage_requirements()


def only(key: str):
    """The requirement alone, so that its status decides the gate."""
    return tuple(item for item in REQUIREMENTS if item.key == key)


def status(key: str, **changes):
    gate = compute(inputs(only(key), **changes))
    assert gate.ready is (not gate.requirements[0].is_open)
    return gate.requirements[0]


def gap(*runs, **changes):
    return status(GAP, checks=(check(only(GAP)[0], *runs, **changes),))


def test_with_all_evidence_there_the_gate_is_ready():
    gate = compute(inputs(REQUIREMENTS))
    assert gate.outcome == "ready"
    assert gate.reason == "All 18 requirements that apply are met or accepted."
    assert dict(gate.counts) == {"met": 18, "not_applicable": 8}


def test_with_nothing_measured_or_filed_every_requirement_is_missing():
    gate = compute(
        inputs(REQUIREMENTS, checks=(), documents=(), sign_offs=(), risks=(), plan_locked=False)
    )
    assert gate.outcome == "blocked"
    assert gate.reason == "17 of 18 requirements are open."
    # Nothing was found either, which is the one thing that nobody has to file.
    assert dict(gate.counts) == {"missing": 17, "not_applicable": 8, "met": 1}
    assert all(item.mend and item.mend_by for item in gate.requirements if item.is_open)
    assert gate.requirements[0].mend == "Plan the check, then run it"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"requirements": ()}, "asks nothing"),
        (
            {"requirements": tuple(item for item in REQUIREMENTS if not item.applies)},
            "No requirement applies",
        ),
        ({"tier": None}, "intake is not complete"),
    ],
)
def test_a_gate_that_rests_on_nothing_is_blocked(changes, said):
    gate = compute(replace(inputs(REQUIREMENTS), **changes))
    assert (gate.outcome, gate.ready) == ("blocked", False)
    assert said in gate.reason


@pytest.mark.parametrize(
    ("verdict", "expected", "basis", "mend_by"),
    [
        ("fail", "failed", "measured", "owner"),
        ("inconclusive", "inconclusive", "measured", "analyst"),
        ("not_estimable", "not_estimable", "measured", "analyst"),
        ("error", "error", "missing", "analyst"),
        ("passed", "error", "missing", "analyst"),
        ("", "error", "missing", "analyst"),
    ],
)
def test_each_verdict_but_pass_blocks(verdict, expected, basis, mend_by):
    numbers = Numbers(value=0.26, low=0.18, high=0.33, n=1989)
    found = gap(run(verdict=verdict, numbers=numbers))
    assert (found.status, found.basis, found.mend_by) == (expected, basis, mend_by)
    assert found.is_open


def test_a_failed_gap_is_told_with_interval_rows_and_run():
    found = gap(run(verdict="fail", numbers=Numbers(value=0.26, low=0.18, high=0.33, n=1989)))
    assert found.reason == "Gap 0.26 (0.18 to 0.33), 1,989 rows"
    assert found.rests_on is not None
    assert (found.rests_on.kind, found.rests_on.label) == ("run", "Run 118")
    assert (found.threshold, found.direction, found.by) == (0.10, "at_most", "race")
    assert found.mend == "Mitigate, then evaluate a new release"


def test_what_would_settle_an_inconclusive_result_is_its_mend():
    numbers = Numbers(value=0.183, low=0.099, high=0.266, n=1745)
    words = "About 40 more applications by Black applicants"
    found = gap(run(verdict="inconclusive", numbers=numbers, settle=words))
    assert found.reason == "Gap 0.183 (0.099 to 0.266), 1,745 rows"
    assert found.mend == words


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("queued", "running"),
        ("running", "running"),
        ("failed", "error"),
        ("cancelled", "error"),
        ("exploded", "error"),
    ],
)
def test_a_run_without_a_result_is_running_or_an_error(state, expected):
    assert gap(run(state=state, verdict="")).status == expected


def test_a_run_on_another_scope_is_stale_and_a_trial_is_nothing():
    assert gap(run(scope_digest="other")).status == "stale"
    assert gap(run(counts=False)).status == "missing"


def test_a_failed_run_on_another_scope_was_no_measurement():
    found = gap(run(state="failed", verdict="", scope_digest="other"))
    assert (found.status, found.basis) == ("missing", "missing")


def test_a_plan_whose_data_left_the_scope_is_replaced_not_run_again():
    for runs, expected in (
        ((run(scope_digest="other"),), ("stale", "measured")),
        ((run(scope_digest="other", state="failed", verdict=""),), ("missing", "missing")),
    ):
        found = gap(*runs, gone_data="hire")
        assert (found.status, found.basis) == expected
        assert found.reason == "The plan names hire, which is no part of the release any more."
        assert found.mend == "Replace the plan, then run the check"


def test_a_repetition_under_way_or_failed_does_no_harm_to_a_result():
    passed = check(only(GAP)[0]).runs[0]
    assert gap(passed, run("119", state="running", verdict="")).status == "met"
    assert gap(passed, run("119", state="failed", verdict="")).status == "met"


def test_of_two_results_on_the_same_scope_the_worse_is_believed():
    passed = check(only(GAP)[0]).runs[0]
    failed = run("9", verdict="fail", numbers=Numbers(value=0.3, low=0.2, high=0.4, n=90))
    assert gap(passed, failed).status == "failed"
    assert gap(failed, passed).status == "failed"


@pytest.mark.parametrize(
    "numbers",
    [
        None,
        Numbers(value=0.08, low=0.05, high=0.12, n=900),
        Numbers(value=0.11, low=None, high=None, n=900),
        # The pair with the widest gap is within the limit; another pair's bound is not.
        Numbers(value=0.05, low=0.02, high=0.08, n=900, bound=0.12),
    ],
)
def test_a_pass_that_its_numbers_do_not_bear_out_is_an_error(numbers):
    found = gap(run(numbers=numbers))
    assert found.status == "error"
    assert "not borne out" in found.reason


def test_a_bound_of_another_pair_is_told_beside_the_numbers_of_the_pair_that_is_named():
    numbers = Numbers(
        value=0.15,
        low=-0.003,
        high=0.242,
        n=794,
        bound=0.112,
        decided="Decided by Woman and Man: simultaneous lower bound 0.11, 1,443 rows",
    )
    found = gap(run(verdict="fail", numbers=numbers))
    assert found.status == "failed"
    assert found.reason == (
        "Gap 0.15 (0.00 to 0.24), 794 rows. Decided by Woman and Man: simultaneous lower bound "
        "0.11, 1,443 rows"
    )


def test_a_ratio_passes_on_its_lower_bound():
    key = "fairness.four_fifths:race"
    for low, expected in ((0.80, "met"), (0.79, "error")):
        done = run(numbers=Numbers(value=0.9, low=low, high=1.0, n=500))
        found = status(key, checks=(check(only(key)[0], done),))
        assert found.status == expected


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"threshold": 0.30}, "looser than 0.1"),
        ({"threshold": None}, "no limit"),
        ({"metric": "accuracy"}, "something else"),
        ({"by": "region"}, "something else"),
        ({"direction": "at_least"}, "other way round"),
        ({"parameters": {"minimum_group_size": 200}}, "minimum group size to 200; the policy asks"),
        ({"parameters": {}}, "minimum group size to its default"),
        (
            {"parameters": {"minimum_group_size": 30, "reference": "White"}},
            "sets the reference to White",
        ),
        ({"dataset_id": "training"}, "not evaluation data"),
    ],
)
def test_a_check_that_departs_from_the_policy_counts_as_none(changes, said):
    found = gap(**changes)
    assert found.status == "missing"
    assert said in found.reason


def test_a_stricter_check_is_fine():
    assert gap(threshold=0.05).status == "met"
    assert gap(parameters={"minimum_group_size": 10, "outcome_word": "hired"}).status == "met"


def test_a_parameter_that_moves_no_number_may_differ():
    (shap,) = only("attribution.additivity")
    shown = {"cut_off": 0.4, "cases": "1,2"}
    assert shap.measure is not None
    kept = {**shap.measure.parameters, **shown}
    assert status(shap.key, checks=(check(shap, parameters=kept),)).status == "met"
    drawn = {**shap.measure.parameters, "background_rows": 1}
    found = status(shap.key, checks=(check(shap, parameters=drawn),))
    assert "sets the background rows to 1" in found.reason


def test_bins_bear_on_calibration_and_on_nothing_else():
    assert gap(parameters={"minimum_group_size": 30, "calibration_bins": 2}).status == "met"
    spec = catalogue.get("fairness.group_rates")
    assert "calibration_bins" not in spec.without_bearing("expected_calibration_error")
    assert "reference" not in spec.without_bearing("selection_rate_worst_difference")


def test_every_dataset_that_could_carry_a_measure_has_to_carry_it():
    roles = frozenset({"prediction", "label", "sensitive"})
    one = DataEvidence(
        dataset_id="1", label="Branch", columns=frozenset({"race", "sex"}), roles=roles
    )
    two = replace(one, dataset_id="2", label="Online")
    checks = (check(only(GAP)[0], run(numbers=passing_numbers("at_most")), dataset_id="1"),)
    assert status(GAP, checks=checks, evaluation_data=(one,)).status == "met"
    both = status(GAP, checks=checks, evaluation_data=(one, two))
    assert both.status == "missing"
    assert both.reason.startswith("Online is evaluation data of this release")
    for lesser in (
        replace(two, columns=frozenset({"sex"})),
        replace(two, roles=frozenset({"label", "sensitive"})),
    ):
        assert status(GAP, checks=checks, evaluation_data=(one, lesser)).status == "met"


def test_no_run_counts_before_the_plan_is_locked():
    found = status(GAP, plan_locked=False)
    assert (found.status, found.mend) == ("missing", "Lock the plan, then run the check")


def test_a_method_that_does_not_exist_yet_leaves_its_requirement_missing():
    asked = required(inputs(()).policy, tier=2, kind="rag", traits={"generative"})
    harm = tuple(item for item in asked if item.key == "safety.harm_rate")
    gate = compute(inputs(harm, tier=2, checks=()))
    assert gate.outcome == "blocked"
    assert gate.requirements[0].reason == ("The portal has no method that measures this.")


def test_without_a_sensitive_column_nothing_meets_the_comparison():
    asked = tuple(item for item in mortgage_requirements(columns=()) if item.measure)
    gap_rule = next(item for item in asked if item.key == "fairness.selection_rate_gap")
    gate = compute(inputs((gap_rule,)))
    assert gate.requirements[0].status == "missing"
    assert "No sensitive column" in gate.requirements[0].reason


@pytest.mark.parametrize(
    ("changes", "expected", "said"),
    [
        ({}, "met", "Confirmed by Analyst 1 on 2026-11-19"),
        ({"state": "draft"}, "missing", "not confirmed"),
        ({"state": "withdrawn"}, "missing", "Nothing is filed"),
        ({"scope_digest": "other"}, "stale", "scope has changed"),
        ({"expires_at": NOW}, "stale", "valid until 2026-11-22"),
        ({"expires_at": NOW + timedelta(seconds=1)}, "met", "Confirmed"),
        ({"stale_because": "dataset changed on 2026-11-18"}, "stale", "Dataset changed on 2026"),
    ],
)
def test_a_document_counts_when_confirmed_for_this_scope(changes, expected, said):
    found = status("documents.datasheet", documents=(document("datasheet", **changes),))
    assert found.status == expected
    assert said in found.reason


def test_a_procedure_of_the_system_outlives_the_scope():
    other = document("contest_procedure", scope_digest="other")
    assert status("controls.contest", documents=(other,)).status == "met"


@pytest.mark.parametrize(
    ("changes", "expected", "said"),
    [
        ({}, "met", "Specialist reviewer 1, 2026-11-17"),
        ({"state": "changes_requested", "note": "name the basis."}, "failed", "name the basis"),
        ({"state": "withdrawn"}, "missing", "Nobody has signed"),
        ({"scope_digest": "other"}, "stale", "scope has changed"),
        ({"had_a_hand": True}, "missing", "had a hand in the release"),
        ({"specialism": "legal"}, "missing", "Nobody has signed"),
    ],
)
def test_a_sign_off_counts_from_a_specialist_who_had_no_hand_in_it(changes, expected, said):
    found = status("sign_offs.privacy", sign_offs=(sign_off("privacy", **changes),))
    assert found.status == expected
    assert said in found.reason


def test_a_standing_objection_outweighs_another_sign_off():
    given = (
        sign_off("privacy"),
        sign_off("privacy", sign_off_id="t", state="changes_requested"),
    )
    assert status("sign_offs.privacy", sign_offs=given).status == "failed"


@pytest.mark.parametrize(
    ("risks", "expected", "said"),
    [
        ((), "missing", "No risks named"),
        ((risk(),), "met", "1 risk: 0 measured, 1 attested, 0 closed"),
        ((risk(), risk("2", None, None)), "missing", "Risk 2"),
        ((risk(basis="missing"),), "missing", "No residual rating"),
        ((risk(basis="hearsay"),), "missing", "No residual rating"),
        ((risk("1", 6, 2),), "missing", "Risk 1"),
        ((risk(rating_current=False),), "stale", "has changed"),
        ((risk("1", None, None, closed=True),), "met", "1 closed"),
    ],
)
def test_every_open_risk_needs_a_residual_rating_that_rests_on_something(risks, expected, said):
    found = status("risks.rated", risks=risks)
    assert found.status == expected
    assert said in found.reason


def test_many_unrated_risks_are_named_in_part():
    risks = tuple(risk(str(number), None, None) for number in range(1, 6))
    assert "Risk 1, Risk 2, Risk 3 and 2 more" in status("risks.rated", risks=risks).reason


def test_of_several_that_serve_the_newest_is_cited_in_whatever_order_they_come():
    older, newer = (document("datasheet", document_id=key) for key in ("9", "10"))
    first, second = (replace(check(only(GAP)[0]).runs[0], run_id=key) for key in ("99", "100"))
    for documents in ((older, newer), (newer, older)):
        found = status("documents.datasheet", documents=documents)
        assert found.rests_on is not None
        assert found.rests_on.id == "10"
    for runs in ((first, second), (second, first)):
        found = gap(*runs)
        assert found.rests_on is not None
        assert found.rests_on.id == "100"


def test_numbers_show_on_which_side_of_the_limit_they_lie():
    told = sentence(
        Numbers(value=0.708, low=0.628, high=0.798, n=1989), reads_as="Ratio", threshold=0.80
    )
    assert told == "Ratio 0.708 (0.628 to 0.798), 1,989 rows"
    small = sentence(
        Numbers(value=0.000003, low=None, high=None, n=1), reads_as="Largest error", threshold=1e-4
    )
    assert small == "Largest error 0.000003, 1 row"
    exact = Numbers(value=0.25, low=0.25, high=0.25, n=1240)
    assert sentence(exact, reads_as="Share", threshold=None) == "Share 0.25, 1,240 rows"
    below = sentence(
        Numbers(value=-0.031, low=-0.09, high=0.03, n=50), reads_as="Gap", threshold=None
    )
    assert below == "Gap −0.03 (−0.09 to 0.03), 50 rows"


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused(wrong):
    with pytest.raises(ValueError, match="must be finite"):
        Numbers(value=wrong, low=None, high=None, n=3)


# Exceptions

INCONCLUSIVE = Numbers(value=0.09, low=0.02, high=0.16, n=400)


def excepted(verdict="inconclusive", **changes):
    done = run(verdict=verdict, numbers=INCONCLUSIVE)
    return status(
        GAP,
        checks=(check(only(GAP)[0], done),),
        exceptions=(exception(GAP, changes.pop("waived", "inconclusive"), **changes),),
    )


def test_an_executive_may_accept_an_inconclusive_result_with_data_to_collect():
    found = excepted()
    assert (found.status, found.basis) == ("accepted", "attested")
    assert found.reason.startswith("Exception 7 until 2027-01-21, by Executive 1. Gap 0.09")
    assert found.numbers == INCONCLUSIVE


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_at": NOW},
        {"granted_at": NOW + timedelta(days=1)},
        {"withdrawn": True},
        {"had_a_hand": True},
        {"scope_digest": "other"},
        {"roles": frozenset({"board"})},
        {"roles": frozenset()},
        {"data_to_collect": " "},
        {"reason": ""},
        {"waived": "missing"},
        {"expires_at": NOW + timedelta(days=180)},
        {"requirement_key": "fairness.selection_rate_gap"},
    ],
)
def test_an_exception_that_is_ended_or_not_permitted_opens_nothing(changes):
    assert excepted(**changes).status == "inconclusive"


def test_a_failed_measured_check_in_tier_1_is_never_excepted():
    everyone = frozenset({"executive", "board", "reviewer", "administrator"})
    assert excepted("fail", waived="failed", roles=everyone).status == "failed"


def test_below_tier_1_the_board_may_waive_a_failed_check():
    asked = tuple(item for item in mortgage_requirements(tier=2) if item.key == GAP)
    done = run(verdict="fail", numbers=Numbers(value=0.26, low=0.18, high=0.33, n=1989))
    waived = exception(GAP, "failed", roles=frozenset({"board"}))
    gate = compute(inputs(asked, 2, checks=(check(asked[0], done),), exceptions=(waived,)))
    assert gate.requirements[0].status == "accepted"
