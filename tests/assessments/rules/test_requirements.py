"""What each tier and kind must show, and the plan proposed from it."""

from assessments.rules.requirements import propose_plan, required
from assessments.rules.tiering import traits_of
from tests.assessments.rules.cases import (
    METHODS,
    ROOMS,
    SUPPORT,
    mortgage_requirements,
    policy,
)


def support_requirements():
    traits = traits_of(policy(), kind="rag", answers=SUPPORT)
    return required(policy(), tier=2, kind="rag", traits=traits)


def plan(requirements, *, has_label: bool = True, has_model: bool = True):
    return propose_plan(
        requirements,
        has_label=has_label,
        has_prediction=True,
        has_score=True,
        has_model=has_model,
        available_methods=METHODS,
    )


def test_lending_in_tier_1_with_one_sensitive_column_has_18_requirements():
    applying = [item.key for item in mortgage_requirements() if item.applies]
    assert applying == [
        "fairness.selection_rate_gap:race",
        "fairness.four_fifths:race",
        "fairness.true_positive_rate_gap:race",
        "fairness.error_rates_estimable:race",
        "attribution.additivity",
        "attribution.by_group:race",
        "documents.model_card",
        "documents.datasheet",
        "controls.reasons_read",
        "controls.contest",
        "sign_offs.privacy",
        "sign_offs.legal",
        "sign_offs.independent_validation",
        "risks.rated",
        "risks.appetite",
        "findings.grave",
        "monitoring.plan",
        "monitoring.fallback",
    ]


def test_generative_requirements_are_shown_as_not_applicable_with_the_reason():
    left_out = {item.key: item.reason for item in mortgage_requirements() if not item.applies}
    assert left_out["safety.harm_rate"] == "The system generates no content."
    assert all(left_out.values())


def test_a_rule_by_each_sensitive_column_becomes_one_requirement_for_each():
    found = {item.key: item for item in mortgage_requirements(columns=("race", "sex", "race"))}
    gaps = [key for key in found if key.startswith("fairness.selection_rate_gap")]
    assert gaps == ["fairness.selection_rate_gap:race", "fairness.selection_rate_gap:sex"]
    by_sex = found["fairness.selection_rate_gap:sex"]
    assert by_sex.title == "Selection-rate gap by sex at most 0.10"
    assert by_sex.rule == "fairness.selection_rate_gap"
    assert by_sex.measure is not None
    assert (by_sex.measure.by, by_sex.measure.threshold) == ("sex", 0.10)


def test_without_a_sensitive_column_the_requirement_stays_and_cannot_be_planned():
    requirements = mortgage_requirements(columns=())
    gap = next(item for item in requirements if item.rule == "fairness.selection_rate_gap")
    assert gap.measure is not None
    assert gap.measure.needs_column
    assert "{column}" not in gap.title
    reasons = {item.requirement_key: item.reason for item in plan(requirements).unplanned}
    assert reasons["fairness.selection_rate_gap"].startswith("No sensitive column is declared")


def test_the_plan_of_the_lending_system_has_six_checks_with_their_limits():
    proposal = plan(mortgage_requirements())
    assert proposal.unplanned == ()
    limits = [(item.metric, item.by, item.direction, item.threshold) for item in proposal.checks]
    assert limits == [
        ("selection_rate_worst_difference", "race", "at_most", 0.10),
        ("selection_rate_worst_ratio", "race", "at_least", 0.80),
        ("true_positive_rate_worst_difference", "race", "at_most", 0.10),
        ("false_positive_rate", "race", "estimable", None),
        ("additivity_max_error", "", "at_most", 0.0001),
        ("mean_attribution_difference", "race", "reported", None),
    ]


def test_what_the_scope_lacks_is_said_with_the_way_out():
    proposal = plan(mortgage_requirements(), has_label=False, has_model=False)
    reasons = {item.requirement_key: item.reason for item in proposal.unplanned}
    assert set(reasons) == {
        "fairness.true_positive_rate_gap:race",
        "fairness.error_rates_estimable:race",
        "attribution.additivity",
        "attribution.by_group:race",
    }
    assert "has a label column" in reasons["fairness.true_positive_rate_gap:race"]
    assert "upload one" in reasons["attribution.additivity"]


def test_the_support_assistant_needs_measurements_that_are_not_available_yet():
    applying = [item.key for item in support_requirements() if item.applies]
    assert {"safety.harm_rate", "safety.prompt_injection", "quality.groundedness"} <= set(applying)
    proposal = plan(support_requirements())
    assert proposal.checks == ()
    assert {item.requirement_key for item in proposal.unplanned} == {
        "safety.harm_rate",
        "safety.prompt_injection",
        "quality.groundedness",
    }


def test_meeting_room_demand_in_tier_4_has_four_requirements():
    traits = traits_of(policy(), kind="predictive", answers=ROOMS)
    found = required(policy(), tier=4, kind="predictive", traits=traits)
    assert [item.key for item in found] == [
        "documents.owner_attestation",
        "documents.data_note",
        "risks.appetite",
        "findings.grave",
    ]


def test_effort_follows_impact():
    counts = [
        sum(item.applies for item in mortgage_requirements(tier=tier)) for tier in (1, 2, 3, 4)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[3] == 4
