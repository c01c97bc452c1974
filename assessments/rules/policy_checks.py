"""What a schema cannot say about a policy: references, order, and rules that never bend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from assessments.rules.conditions import UNKNOWN
from assessments.rules.policy_data import LOWEST_TIER

type Path = tuple[str | int, ...]
type Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong in the policy, and where."""

    message: str
    path: Path


def problems(data: Record) -> Iterator[Problem]:
    """Yield what is wrong with a policy that satisfies the schema, in reading order."""
    yield from _repeated_keys(data)
    yield from _questions(data["questions"])
    yield from _thresholds(data["thresholds"]["total"])
    yield from _all_conditions(data)
    yield from _risk_matrix(data["risk_matrix"])
    yield from _requirements(data)
    yield from _decisions(data["decision_rights"]["decisions"])
    yield from _acceptances(data)
    yield from _exceptions(data["decision_rights"]["exceptions"])


def _repeated(items: Sequence[Record], path: Path) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item["key"] in seen:
            yield Problem(
                message=f"the key “{item['key']}” is used twice", path=(*path, index, "key")
            )
        seen.add(item["key"])


def _repeated_keys(data: Record) -> Iterator[Problem]:
    for name in ("questions", "elevations", "contradictions", "traits", "requirements"):
        yield from _repeated(data[name], (name,))
    yield from _repeated(data["risk_matrix"]["levels"], ("risk_matrix", "levels"))


def _questions(questions: Sequence[Record]) -> Iterator[Problem]:
    for index, question in enumerate(questions):
        path: Path = ("questions", index)
        options: Sequence[Record] = question["options"]
        yield from _repeated(options, (*path, "options"))
        keys = {option["key"] for option in options}
        if UNKNOWN in keys:
            message = "“unknown” is offered by every question and cannot be an option of its own"
            yield Problem(message=message, path=(*path, "options"))
        if question["kind"] == "yes_no" and keys != {"yes", "no"}:
            message = "a yes_no question has the options yes and no"
            yield Problem(message=message, path=(*path, "options"))
        if question["kind"] != "multiple" and (
            "cap" in question or any(option.get("exclusive") for option in options)
        ):
            message = "cap and exclusive belong to multiple questions"
            yield Problem(message=message, path=path)


def _thresholds(totals: Sequence[Record]) -> Iterator[Problem]:
    ordered = sorted(totals, key=lambda item: item["tier"])
    for before, after in pairwise(ordered):
        if before["tier"] == after["tier"] or before["at_least"] <= after["at_least"]:
            message = "a tier of higher impact needs more points than the next, and is named once"
            yield Problem(message=message, path=("thresholds", "total"))


def _all_conditions(data: Record) -> Iterator[Problem]:
    questions = {question["key"]: question for question in data["questions"]}
    earlier: dict[str, Record] = {}
    for index, question in enumerate(data["questions"]):
        if "asked_when" in question:
            path: Path = ("questions", index, "asked_when")
            yield from _condition(question["asked_when"], earlier, path, rising=True)
        earlier[question["key"]] = question
    for name, rising in (("elevations", True), ("contradictions", False), ("traits", False)):
        for index, item in enumerate(data[name]):
            if "when" in item:
                yield from _condition(item["when"], questions, (name, index, "when"), rising=rising)


def _condition(
    condition: Record, questions: dict[str, Record], path: Path, *, rising: bool
) -> Iterator[Problem]:
    """Check one condition. rising: a worse answer must not make it stop holding."""
    for word in ("all", "any"):
        for index, part in enumerate(condition.get(word, ())):
            yield from _condition(part, questions, (*path, word, index), rising=rising)
    if "question" not in condition:
        return
    question = questions.get(condition["question"])
    if question is None:
        message = f"there is no question “{condition['question']}” before this place"
        yield Problem(message=message, path=(*path, "question"))
        return
    named = set(condition["any_of"])
    strangers = sorted(named - {option["key"] for option in question["options"]})
    if strangers:
        message = f"the question “{question['key']}” has no option “{strangers[0]}”"
        yield Problem(message=message, path=(*path, "any_of"))
    elif rising:
        yield from _rising(question, named, (*path, "any_of"))


def _rising(question: Record, named: set[str], path: Path) -> Iterator[Problem]:
    options: Sequence[Record] = question["options"]
    if question["kind"] == "multiple":
        alone = [item["key"] for item in options if item.get("exclusive") and item["key"] in named]
        if alone:
            message = f"“{alone[0]}” stands alone, so a further choice would undo this condition"
            yield Problem(message=message, path=path)
        return
    least = min(option["points"] for option in options if option["key"] in named)
    for option in options:
        if option["points"] > least and option["key"] not in named:
            message = (
                f"“{option['key']}” has more points than an option that is named here, "
                "and must be named too"
            )
            yield Problem(message=message, path=path)


def _risk_matrix(matrix: Record) -> Iterator[Problem]:
    for scale in ("likelihood", "severity"):
        values = [step["value"] for step in matrix[scale]]
        if values != list(range(1, len(values) + 1)):
            message = "the steps of a scale are 1, 2, 3 and so on, in order"
            yield Problem(message=message, path=("risk_matrix", scale))
    bounds = [level["at_least"] for level in matrix["levels"]]
    if bounds != sorted(set(bounds), reverse=True) or bounds[-1] != 0:
        message = "levels run from the highest to the lowest, and the lowest begins at 0"
        yield Problem(message=message, path=("risk_matrix", "levels"))
    if matrix["appetite"] not in {level["key"] for level in matrix["levels"]}:
        message = f"the appetite “{matrix['appetite']}” is not a level"
        yield Problem(message=message, path=("risk_matrix", "appetite"))


def _requirements(data: Record) -> Iterator[Problem]:
    traits = {trait["key"] for trait in data["traits"]}
    for index, requirement in enumerate(data["requirements"]):
        path: Path = ("requirements", index)
        strangers = sorted(set(requirement.get("traits", ())) - traits)
        if strangers:
            message = f"there is no trait “{strangers[0]}”"
            yield Problem(message=message, path=(*path, "traits"))
        expands = requirement.get("evaluation", {}).get("by") == "each_sensitive"
        for field in ("title", "short_title"):
            if ("{column}" in requirement[field]) != expands:
                message = "{column} stands in the titles of requirements by each_sensitive alone"
                yield Problem(message=message, path=(*path, field))


def _decisions(rules: Sequence[Record]) -> Iterator[Problem]:
    path: Path = ("decision_rights", "decisions")
    named = sorted(tier for rule in rules for tier in rule["tiers"])
    if named != list(range(1, LOWEST_TIER + 1)):
        yield Problem(message="each tier from 1 to 4 has exactly one rule for decisions", path=path)
    for index, rule in enumerate(rules):
        if rule["functions"] > rule["quorum"]:
            message = "more functions are asked for than people"
            yield Problem(message=message, path=(*path, index, "functions"))
        if 1 in rule["tiers"] and rule["functions"] < 2:
            message = "a decision in Tier 1 needs people from at least two functions"
            yield Problem(message=message, path=(*path, index, "functions"))


def _acceptances(data: Record) -> Iterator[Problem]:
    levels = {level["key"] for level in data["risk_matrix"]["levels"]}
    for index, rule in enumerate(data["decision_rights"]["acceptances"]):
        strangers = sorted(set(rule["levels"]) - levels)
        if strangers:
            message = f"there is no risk level “{strangers[0]}”"
            yield Problem(message=message, path=("decision_rights", "acceptances", index, "levels"))


def _exceptions(rules: Sequence[Record]) -> Iterator[Problem]:
    for index, rule in enumerate(rules):
        opens = rule["roles"] and "failed" in rule["statuses"] and 1 in rule["tiers"]
        if opens and "evaluation" in rule["categories"]:
            message = "a failed measured check cannot be excepted in Tier 1"
            yield Problem(message=message, path=("decision_rights", "exceptions", index, "roles"))
