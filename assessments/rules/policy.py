"""Read a policy: text in, a checked and digested `Policy` out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema
import rfc8785
import yaml

from assessments.policies import schema_text
from assessments.rules.conditions import AllOf, AnyOf, Chosen, Condition
from assessments.rules.policy_checks import problems
from assessments.rules.policy_data import (
    AcceptanceRule,
    Contradiction,
    DecisionRights,
    DecisionRule,
    DimensionThreshold,
    Elevation,
    EvaluationRule,
    ExceptionRule,
    Option,
    Parameter,
    Policy,
    Question,
    RequirementRule,
    RiskLevel,
    RiskMatrix,
    ScaleStep,
    TotalThreshold,
    Trait,
)
from assessments.rules.policy_text import PolicyError, line_of, parse, path_text

VERSION = "1.0.0"

__all__ = ["VERSION", "Policy", "PolicyError", "confidence_level", "load_policy"]

type Record = Mapping[str, Any]


def load_policy(text: str | bytes) -> Policy:
    """Return the policy in the text, YAML or JSON in UTF-8.

    Raises PolicyError with one sentence that names what is wrong, its path and its line. The
    digest is the SHA-256 of the RFC 8785 form of the content: comments and layout do not count.
    """
    data, node = parse(_decoded(text))
    _check_schema(data, node)
    for problem in problems(data):
        raise PolicyError(
            problem.message, path=path_text(problem.path), line=line_of(node, problem.path)
        )
    return _policy(data, _digest(data))


def confidence_level(policy: Policy, look: int) -> float:
    """Return the two-sided confidence level of a look, from 1: 0.95, 0.975, 0.9875, …

    The one-sided error of look i is `look_error` / 2^i, so that all looks of an approval cycle
    together stay within `look_error`.
    """
    if look < 1:
        message = f"Looks are counted from 1; got {look}."
        raise ValueError(message)
    return 1 - 2 * policy.look_error / 2.0**look


def _decoded(text: str | bytes) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"it is not UTF-8 text: byte {error.start} cannot be read"
        raise PolicyError(message) from error


def _digest(data: Record) -> str:
    try:
        return hashlib.sha256(rfc8785.dumps(dict(data))).hexdigest()
    except (rfc8785.CanonicalizationError, ValueError) as error:
        message = "a number in it is not finite, or too large to be kept exactly"
        raise PolicyError(message) from error


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(schema_text()))


def _check_schema(data: Any, node: yaml.Node) -> None:
    error = jsonschema.exceptions.best_match(_validator().iter_errors(data))
    if error is not None:
        path = tuple(error.absolute_path)
        raise PolicyError(_in_words(error), path=path_text(path), line=line_of(node, path))


def _in_words(error: jsonschema.ValidationError) -> str:
    """Say in words what the schema refuses; a whole section is not repeated in the message."""
    expected: Any = error.validator_value
    found: Any = error.instance
    match error.validator:
        case "not":
            return f"“{expected['required'][0]}” does not belong here"
        case "required":
            lacking = [name for name in expected if name not in found]
            return f"“{lacking[0]}” is missing"
        case "oneOf" | "anyOf":
            return "this fits none of the allowed forms"
        case "type":
            return f"{expected} is expected here"
        case _:
            return error.message[:200]


def _condition(data: Record) -> Condition:
    if "question" in data:
        return Chosen(question=data["question"], options=tuple(data["any_of"]))
    if "all" in data:
        return AllOf(parts=tuple(_condition(part) for part in data["all"]))
    return AnyOf(parts=tuple(_condition(part) for part in data["any"]))


def _optional_condition(data: Record, name: str) -> Condition | None:
    return _condition(data[name]) if name in data else None


def _question(data: Record) -> Question:
    return Question(
        key=data["key"],
        text=data["text"],
        help=data["help"],
        dimension=data["dimension"],
        kind=data["kind"],
        options=tuple(Option(**option) for option in data["options"]),
        cap=data.get("cap"),
        asked_when=_optional_condition(data, "asked_when"),
    )


def _parameter(value: Any) -> Parameter:
    return tuple(value) if isinstance(value, list) else value


def _evaluation(data: Record) -> EvaluationRule:
    return EvaluationRule(
        method=data["method"],
        metric=data["metric"],
        by=data["by"],
        direction=data["direction"],
        reads_as=data["reads_as"],
        threshold=float(data["threshold"]) if "threshold" in data else None,
        parameters={name: _parameter(value) for name, value in data.get("parameters", {}).items()},
        needs=tuple(data.get("needs", ())),
    )


def _requirement(data: Record) -> RequirementRule:
    risk: Record = data.get("risk", {})
    return RequirementRule(
        key=data["key"],
        title=data["title"],
        short_title=data["short_title"],
        category=data["category"],
        tiers=tuple(data["tiers"]),
        serves=tuple(data["serves"]),
        why=data["why"],
        owner_role=data["owner_role"],
        mend=data["mend"],
        kinds=tuple(data.get("kinds", ())),
        traits=tuple(data.get("traits", ())),
        not_applicable=data.get("not_applicable", ""),
        evaluation=_evaluation(data["evaluation"]) if "evaluation" in data else None,
        document=data.get("document", ""),
        specialism=data.get("specialism", ""),
        risk_rule=risk.get("rule"),
        risk_minimum=risk.get("minimum", 1),
        none_open_at=data.get("finding", {}).get("none_open_at", 0),
        bound_to=data.get("bound_to", "scope"),
    )


def _frozen(data: Record) -> dict[str, Any]:
    """Return the record with its lists as tuples, ready for a frozen dataclass."""
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
    }


def _rights(data: Record) -> DecisionRights:
    return DecisionRights(
        decisions=tuple(DecisionRule(**_frozen(rule)) for rule in data["decisions"]),
        acceptances=tuple(AcceptanceRule(**_frozen(rule)) for rule in data["acceptances"]),
        exceptions=tuple(ExceptionRule(**_frozen(rule)) for rule in data["exceptions"]),
    )


def _matrix(data: Record) -> RiskMatrix:
    return RiskMatrix(
        likelihood=tuple(ScaleStep(**step) for step in data["likelihood"]),
        severity=tuple(ScaleStep(**step) for step in data["severity"]),
        levels=tuple(RiskLevel(**level) for level in data["levels"]),
        appetite=data["appetite"],
    )


def _policy(data: Record, digest: str) -> Policy:
    thresholds: Record = data["thresholds"]
    return Policy(
        version=data["version"],
        title=data["title"],
        summary=data["summary"],
        digest=digest,
        questions=tuple(_question(item) for item in data["questions"]),
        total_thresholds=tuple(TotalThreshold(**item) for item in thresholds["total"]),
        dimension_thresholds=tuple(DimensionThreshold(**item) for item in thresholds["dimensions"]),
        elevations=tuple(
            Elevation(**{**item, "when": _condition(item["when"])}) for item in data["elevations"]
        ),
        contradictions=tuple(
            Contradiction(**{**item, "when": _condition(item["when"])})
            for item in data["contradictions"]
        ),
        traits=tuple(
            Trait(
                key=item["key"],
                title=item["title"],
                kinds=tuple(item.get("kinds", ())),
                when=_optional_condition(item, "when"),
            )
            for item in data["traits"]
        ),
        risk_matrix=_matrix(data["risk_matrix"]),
        requirements=tuple(_requirement(item) for item in data["requirements"]),
        decision_rights=_rights(data["decision_rights"]),
        look_error=float(data["looks"]["one_sided_error"]),
    )
