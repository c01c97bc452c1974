"""Reading a policy: what is kept, and what is refused with path and line."""

import json

import pytest

from assessments.policies import shipped_text
from assessments.rules.policy import PolicyError, confidence_level, load_policy
from evaluations.methods.catalogue import all_methods
from tests.assessments.rules.cases import policy


def line_with(text: str) -> int:
    return next(
        number for number, line in enumerate(shipped_text().splitlines(), 1) if text in line
    )


def test_policy_1_loads_with_its_questions_requirements_and_rights():
    loaded = load_policy(shipped_text())
    assert loaded.version == "1"
    assert len(loaded.questions) == 15
    assert {question.help != "" for question in loaded.questions} == {True}
    assert loaded.risk_matrix.appetite == "medium"
    tier_1 = loaded.decision_rights.decision(1)
    assert tier_1 is not None
    assert (tier_1.quorum, tier_1.functions) == (2, 2)


def test_the_same_policy_as_json_and_as_bytes_has_the_same_digest():
    text = shipped_text()
    from_comments = load_policy("# another comment\n" + text)
    assert from_comments.digest == load_policy(text.encode()).digest == policy().digest
    assert len(policy().digest) == 64


def test_changing_a_limit_changes_the_digest():
    changed = load_policy(shipped_text().replace("threshold: 0.02", "threshold: 0.03"))
    assert changed.digest != policy().digest


def test_yes_and_no_are_words():
    children = policy().question("children")
    assert children is not None
    assert [option.key for option in children.options] == ["yes", "no"]


@pytest.mark.parametrize(
    ("old", "new", "said", "path"),
    [
        ("tiers: [1, 2, 3]", "tiers: [1, 2, 9]", "9 is greater than", "requirements[0].tiers[2]"),
        (
            "when: {question: children, any_of: [yes]}",
            "when: {question: minors, any_of: [yes]}",
            "no question “minors”",
            "elevations[5].when.question",
        ),
        (
            "{question: oversight, any_of: [on_challenge, nobody]}",
            "{question: oversight, any_of: [on_challenge]}",
            "“nobody” has more points",
            "elevations[6].when.all[1].any_of",
        ),
        (
            "any_of: [credit]}",
            "any_of: [none]}",
            "“none” stands alone",
            "elevations[0].when.any_of",
        ),
        ("any_of: [credit]}", "any_of: [loans]}", "has no option “loans”", "elevations[0].when"),
        ("- key: decision_role", "- key: areas", "“areas” is used twice", "questions[1].key"),
        ("appetite: medium", "appetite: middling", "is not a level", "risk_matrix.appetite"),
        ("traits: [generative]", "traits: [genrative]", "no trait “genrative”", "requirements[6]"),
        ("{tier: 2, at_least: 25}", "{tier: 2, at_least: 50}", "more points", "thresholds.total"),
        ("quorum: 2, functions: 2", "quorum: 2, functions: 1", "two functions", "decisions[0]"),
        ("quorum: 1, functions: 1", "quorum: 1, functions: 2", "more functions", "decisions[1]"),
        ("levels: [critical]", "levels: [extreme]", "no risk level", "acceptances[0].levels"),
        ("roles: []", "roles: [board]", "cannot be excepted in Tier 1", "exceptions[0].roles"),
        ("{column} at most 0.10", "race at most 0.10", "{column}", "requirements[0].title"),
        ("specialism: legal", "document: legal", "does not belong here", "requirements[20]"),
        ("{key: contact, label", "{key: unknown, label", "cannot be an option", "questions[7]"),
    ],
)
def test_what_a_schema_cannot_accept_is_named_with_path_and_line(old, new, said, path):
    with pytest.raises(PolicyError) as caught:
        load_policy(shipped_text().replace(old, new, 1))
    assert said in str(caught.value)
    assert path in caught.value.path
    assert caught.value.line is not None
    assert f"line {caught.value.line})" in str(caught.value)


def test_the_line_is_the_line_of_the_value():
    with pytest.raises(PolicyError) as caught:
        load_policy(shipped_text().replace("appetite: medium", "appetite: middling"))
    assert caught.value.line == line_with("appetite: medium")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("schema: rai-policy/1\nschema: rai-policy/1\n", "“schema” is given twice"),
        ("a: &x 1\nb: *x\n", "aliases"),
        ("a: [1, 2\n", "not readable as YAML"),
        ("? [a]\n: 1\n", "a key must be a word"),
        ("- 1\n", "object is expected here"),
        ("!!python/object/apply:os.getcwd []\n", "not readable as YAML"),
        ("[" * 5000, "not readable as YAML"),
        ("x" * 1_000_001, "longer than"),
    ],
)
def test_text_that_is_no_policy_is_refused_in_one_sentence(text, said):
    with pytest.raises(PolicyError, match=said):
        load_policy(text)


def test_bytes_that_are_not_utf_8_are_refused():
    with pytest.raises(PolicyError, match="not UTF-8"):
        load_policy(b"title: \xff")


@pytest.mark.parametrize("number", [".nan", ".inf"])
def test_a_number_that_is_not_finite_is_refused(number):
    with pytest.raises(PolicyError):
        load_policy(shipped_text().replace("threshold: 0.02", f"threshold: {number}"))


def test_a_policy_may_be_written_as_json():
    data = {"schema": "rai-policy/1", "version": "1"}
    with pytest.raises(PolicyError, match="“title” is missing"):
        load_policy(json.dumps(data))


def test_looks_share_five_percent():
    levels = [confidence_level(policy(), look) for look in (1, 2, 3)]
    assert levels == pytest.approx([0.95, 0.975, 0.9875])
    with pytest.raises(ValueError, match="counted from 1"):
        confidence_level(policy(), 0)


def test_what_policy_1_measures_exists_in_the_catalogue():
    known = {spec.key: spec for spec in all_methods()}
    measured = [rule.evaluation for rule in policy().requirements if rule.evaluation]
    available = [rule for rule in measured if rule.method in known]
    assert {rule.method for rule in available} == {"fairness.group_rates", "attribution.shap"}
    for rule in available:
        known[rule.method].metric(rule.metric)
        known[rule.method].parse(rule.parameters)
