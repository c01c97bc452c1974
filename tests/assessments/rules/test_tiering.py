"""Tiers: points added by hand, rules that fire, and that knowing less never lowers a tier."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.rules.conditions import UNKNOWN, AllOf, AnyOf, Chosen, holds
from assessments.rules.policy_data import Elevation, Question
from assessments.rules.tiering import tier, traits_of
from tests.assessments.rules.cases import MORTGAGE, ROOMS, SUPPORT, policy

EVERYTHING_UNKNOWN = {key: [UNKNOWN] for key in MORTGAGE}


def test_mortgage_pre_approval_has_25_points_and_is_raised_to_tier_1_by_credit():
    result = tier(policy(), MORTGAGE)
    # 8 credit + 3 recommends + 2 people + 3 effort + 6 groups + 3 personal data
    assert result.total == 25
    assert dict(result.by_dimension)["impact"] == 11
    assert dict(result.by_dimension)["fairness"] == 6
    assert result.thresholds[0].tier == 2
    assert [fired.key for fired in result.elevations] == ["credit"]
    assert result.elevations[0].sentence == "An effect on credit cannot be averaged away."
    assert (result.tier, result.blocked) == (1, False)


def test_the_support_assistant_has_38_points_and_tier_2():
    result = tier(policy(), SUPPORT)
    # 3+1+5+4+0+0+4+3+2+2+2+5+2+4+1
    assert (result.total, result.tier, result.elevations) == (38, 2, ())


def test_meeting_room_demand_has_9_points_and_tier_4():
    result = tier(policy(), ROOMS)
    # 1 internal + 3 recommends + 3 sample + 2 people
    assert (result.total, result.tier, result.thresholds) == (9, 4, ())


def test_everything_unknown_counts_as_the_highest_points_and_is_complete():
    result = tier(policy(), EVERYTHING_UNKNOWN)
    # 12+8+7+6+6+6+6+7+5+5+7+5+5+5+3: the areas are capped at 12
    assert result.total == 93
    assert result.tier == 1
    assert len(result.elevations) == len(policy().elevations)
    assert (result.missing, result.contradictions, result.blocked) == ((), (), False)
    assert all(item.unknown for item in result.questions)


def test_an_intake_without_an_answer_is_blocked_and_counts_it_as_unknown():
    answers = {key: given for key, given in ROOMS.items() if key != "exposure"}
    result = tier(policy(), answers)
    assert result.missing == ("exposure",)
    assert result.blocked
    assert result.total == 9 + 5
    assert [item.points for item in result.questions if item.missing] == [5]


def test_several_areas_add_up_to_their_cap():
    two = tier(policy(), MORTGAGE | {"areas": ["customer_service", "internal_work"]})
    assert dict(two.by_dimension)["impact"] == 3 + 1 + 3
    many = tier(policy(), MORTGAGE | {"areas": ["credit", "employment", "health"]})
    assert dict(many.by_dimension)["impact"] == 12 + 3


def test_a_contradiction_blocks_with_its_sentence():
    result = tier(policy(), MORTGAGE | {"decision_role": ["decides_alone"]})
    assert [item.key for item in result.contradictions] == ["alone_and_reviewed"]
    assert "correct one of the two" in result.contradictions[0].sentence
    assert result.blocked


def test_what_is_unknown_contradicts_nothing():
    answers = MORTGAGE | {"decision_role": ["decides_alone"], "oversight": [UNKNOWN]}
    assert tier(policy(), answers).contradictions == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"origin": ["martians"]}, "has no option “martians”"),
        ({"origin": ["ourselves", "documented_supplier"]}, "takes one answer"),
        ({"areas": ["none", "credit"]}, "cannot stand beside others"),
        ({"areas": [UNKNOWN, "credit"]}, "cannot stand beside others"),
        ({"weather": ["fine"]}, "There is no question “weather”"),
    ],
)
def test_an_answer_that_cannot_be_read_blocks_and_counts_as_unknown(changed, said):
    result = tier(policy(), MORTGAGE | changed)
    assert len(result.problems) == 1
    assert said in result.problems[0]
    assert result.blocked
    assert result.total >= tier(policy(), MORTGAGE).total


def test_the_record_holds_the_breakdown_and_the_policy():
    record = tier(policy(), MORTGAGE).as_record()
    assert record["policy"] == {"version": "1", "digest": policy().digest}
    assert record["tier"] == 1
    assert record["questions"][0]["labels"] == ["Credit or another loan of money"]
    assert sum(item["points"] for item in record["questions"]) == record["total"] == 25


def with_follow_up():
    """Policy 1, in which the question on personal data is asked only if children are affected."""
    when = Chosen(question="children", options=("yes",))

    def changed(question: Question) -> Question:
        if question.key != "personal_data":
            return question
        return replace(question, asked_when=when)

    return replace(policy(), questions=tuple(changed(item) for item in policy().questions))


def test_a_question_that_is_moot_is_neither_missing_nor_counted_nor_fires():
    answers = {key: given for key, given in ROOMS.items() if key != "personal_data"}
    result = tier(with_follow_up(), answers)
    assert (result.missing, result.blocked, result.elevations) == ((), False, ())
    assert [item.key for item in result.questions if not item.asked] == ["personal_data"]
    asked = tier(with_follow_up(), answers | {"children": [UNKNOWN]})
    assert asked.missing == ("personal_data",)


def test_traits_come_from_the_kind_and_from_the_answers():
    assert traits_of(policy(), kind="predictive", answers=MORTGAGE) == {
        "about_people",
        "declines_people",
        "personal_data",
    }
    assert traits_of(policy(), kind="rag", answers=SUPPORT) == {
        "about_people",
        "generative",
        "personal_data",
        "retrieval",
        "supplied",
    }
    assert "children" in traits_of(policy(), kind="predictive", answers={})


def test_conditions_combine():
    credit = Chosen(question="areas", options=("credit",))
    children = Chosen(question="children", options=("yes",))
    answers = {"areas": ["credit"], "children": ["no"]}
    assert not holds(AllOf(parts=(credit, children)), answers, unknown_holds=True)
    assert holds(AnyOf(parts=(credit, children)), answers, unknown_holds=True)
    assert holds(children, {}, unknown_holds=True)
    assert not holds(children, {}, unknown_holds=False)


# Properties


def answer_to(question: Question) -> st.SearchStrategy[list[str]]:
    alone = [[option.key] for option in question.options] + [[UNKNOWN]]
    if question.kind != "multiple":
        return st.sampled_from(alone)
    several = [option.key for option in question.options if not option.exclusive]
    return st.one_of(
        st.sampled_from(alone), st.lists(st.sampled_from(several), min_size=1, unique=True)
    )


ANSWERS = st.fixed_dictionaries({item.key: answer_to(item) for item in policy().questions})


@st.composite
def policies(draw: st.DrawFn):
    """Policy 1 with other points, thresholds and elevations that keep to the format's rules."""
    base = policy()
    questions = []
    for question in base.questions:
        options = tuple(
            replace(option, points=0 if option.exclusive else draw(st.integers(0, 9)))
            for option in question.options
        )
        questions.append(replace(question, options=options))
    question = draw(st.sampled_from(questions))
    if question.kind == "multiple":
        named = draw(st.sampled_from([item for item in question.options if not item.exclusive]))
        keys: tuple[str, ...] = (named.key,)
    else:
        least = draw(st.sampled_from([item.points for item in question.options]))
        keys = tuple(item.key for item in question.options if item.points >= least)
    extra = Elevation(
        key="drawn",
        when=Chosen(question=question.key, options=keys),
        tier=draw(st.integers(1, 4)),
        sentence="Drawn.",
    )
    bounds = sorted(draw(st.sets(st.integers(1, 120), min_size=3, max_size=3)), reverse=True)
    totals = tuple(
        replace(rule, at_least=bound)
        for rule, bound in zip(base.total_thresholds, bounds, strict=True)
    )
    kept = tuple(item for item in base.elevations if item.key == "credit")
    return replace(
        base, questions=tuple(questions), total_thresholds=totals, elevations=(*kept, extra)
    )


@settings(deadline=None)
@given(policies(), ANSWERS, st.data())
def test_a_tier_never_falls_in_impact_when_an_answer_becomes_unknown_or_worse(drawn, answers, data):
    before = tier(drawn, answers)
    question = data.draw(st.sampled_from(drawn.questions))
    given_now = answers[question.key]
    if UNKNOWN in given_now:
        worse = given_now
    elif question.kind == "multiple":
        exclusive = {item.key for item in question.options if item.exclusive}
        more = [item.key for item in question.options if not item.exclusive]
        added = data.draw(st.lists(st.sampled_from(more), min_size=1, unique=True))
        worse = sorted((set(given_now) - exclusive) | set(added))
    else:
        points = {item.key: item.points for item in question.options}
        worse = data.draw(
            st.sampled_from(
                [[key] for key in points if points[key] > points[given_now[0]]] or [[UNKNOWN]]
            )
        )
    for changed in (worse, [UNKNOWN], []):
        after = tier(drawn, {**answers, question.key: changed})
        assert after.tier <= before.tier
        assert after.total >= before.total


@settings(deadline=None)
@given(policies(), ANSWERS)
def test_an_effect_on_credit_cannot_be_averaged_away(drawn, answers):
    assert tier(drawn, answers | {"areas": ["credit", "internal_work"]}).tier == 1
    assert tier(drawn, answers | {"areas": [UNKNOWN]}).tier == 1


@settings(deadline=None)
@given(ANSWERS)
def test_a_tier_depends_on_the_answers_and_not_on_their_order(answers):
    turned = {key: list(reversed(given_now)) for key, given_now in reversed(answers.items())}
    assert tier(policy(), answers) == tier(policy(), turned)
