"""What a release must show, and the plan of checks that would show it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assessments.rules.policy_data import (
    Binding,
    Category,
    Direction,
    Parameter,
    Policy,
    RequirementRule,
    RiskRule,
)

VERSION = "1.0.0"

PREDICTIVE = "predictive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What an evaluation requirement measures.

    by: the sensitive column compared over, or "" for the whole. needs_column: the policy asks for
    one per sensitive column and the scope declares none; such a requirement stays missing.
    """

    method: str
    metric: str
    by: str
    direction: Direction
    reads_as: str
    threshold: float | None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    needs_column: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One requirement of one release.

    key: the policy's key, with ":column" after it when there is one per sensitive column.
    rule: the policy's key. applies: False when kind or traits take it out; `reason` says why.
    measure: for evaluations alone. document: the key of the document that shows it, for
    documents, controls and monitoring. specialism: whose sign-off. risk_rule: what the risks
    must satisfy, with `risk_minimum` risks at least. none_open_at: severity at which, or graver, no
    finding may be open.
    """

    key: str
    rule: str
    title: str
    short_title: str
    category: Category
    serves: tuple[str, ...]
    why: str
    owner_role: str
    mend: str
    applies: bool = True
    reason: str = ""
    measure: Measure | None = None
    document: str = ""
    specialism: str = ""
    risk_rule: RiskRule | None = None
    risk_minimum: int = 1
    none_open_at: int = 0
    bound_to: Binding = "scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCheck:
    """A check proposed for the plan: everything a run needs but the dataset's bytes.

    by: the column of groups, or "". inputs: what the scope must hold for it, such as label.
    """

    requirement_key: str
    title: str
    short_title: str
    method: str
    metric: str
    by: str
    direction: Direction
    threshold: float | None
    parameters: Mapping[str, Parameter]
    inputs: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplanned:
    """An evaluation that cannot be planned yet; its requirement stays missing. reason: for whom
    plans, one sentence with what to do.
    """

    requirement_key: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The proposed checks, and what could not be proposed."""

    checks: tuple[PlannedCheck, ...]
    unplanned: tuple[Unplanned, ...]


def required(
    policy: Policy,
    *,
    tier: int,
    kind: str,
    traits: Collection[str],
    sensitive_columns: Sequence[str] = (),
) -> tuple[Requirement, ...]:
    """Return what the policy asks of a release in this tier, in the policy's order.

    Requirements of the tier that kind or traits take out are included with applies=False and the
    reason; requirements of other tiers are left out. A rule by each_sensitive becomes one
    requirement per sensitive column, in the order given, with the key `rule:column`; with no
    sensitive column it stays one requirement that nothing can meet until a column is declared.
    """
    found: list[Requirement] = []
    for rule in policy.requirements:
        if tier in rule.tiers:
            found.extend(_expanded(rule, kind, traits, sensitive_columns))
    return tuple(found)


def propose_plan(
    requirements: Sequence[Requirement],
    *,
    has_label: bool,
    has_prediction: bool,
    has_score: bool,
    has_model: bool,
    available_methods: Collection[str],
) -> Proposal:
    """Return the checks that would show the evaluation requirements, and those that cannot be.

    has_…: what the scope of the release holds. available_methods: keys of the catalogue.
    """
    held = {
        "label": has_label,
        "prediction": has_prediction,
        "score": has_score,
        "model": has_model,
    }
    checks: list[PlannedCheck] = []
    unplanned: list[Unplanned] = []
    for requirement in requirements:
        measure = requirement.measure
        if measure is None or not requirement.applies:
            continue
        reason = _obstacle(measure, held, available_methods)
        if reason:
            unplanned.append(
                Unplanned(requirement_key=requirement.key, title=requirement.title, reason=reason)
            )
        else:
            checks.append(_check(requirement, measure))
    return Proposal(checks=tuple(checks), unplanned=tuple(unplanned))


def _applies(rule: RequirementRule, kind: str, traits: Collection[str]) -> bool:
    of_kind = not rule.kinds or kind in rule.kinds
    of_trait = not rule.traits or any(trait in traits for trait in rule.traits)
    return of_kind and of_trait


def _expanded(
    rule: RequirementRule, kind: str, traits: Collection[str], columns: Sequence[str]
) -> Iterator[Requirement]:
    requirement = _requirement(rule, applies=_applies(rule, kind, traits))
    evaluation = rule.evaluation
    if evaluation is None or evaluation.by == "whole":
        yield requirement
    elif not requirement.applies or not columns:
        yield _for_column(requirement, "group", suffix="", by="")
    else:
        for column in dict.fromkeys(columns):
            yield _for_column(requirement, column, suffix=f":{column}", by=column)


def _for_column(requirement: Requirement, name: str, *, suffix: str, by: str) -> Requirement:
    measure = requirement.measure
    return replace(
        requirement,
        key=f"{requirement.key}{suffix}",
        title=requirement.title.replace("{column}", name),
        short_title=requirement.short_title.replace("{column}", name),
        measure=replace(measure, by=by, needs_column=not by) if measure else None,
    )


def _requirement(rule: RequirementRule, *, applies: bool) -> Requirement:
    return Requirement(
        key=rule.key,
        rule=rule.key,
        title=rule.title,
        short_title=rule.short_title,
        category=rule.category,
        serves=rule.serves,
        why=rule.why,
        owner_role=rule.owner_role,
        mend=rule.mend,
        applies=applies,
        reason="" if applies else rule.not_applicable,
        measure=_measure(rule),
        document=rule.document,
        specialism=rule.specialism,
        risk_rule=rule.risk_rule,
        risk_minimum=rule.risk_minimum,
        none_open_at=rule.none_open_at,
        bound_to=rule.bound_to,
    )


def _measure(rule: RequirementRule) -> Measure | None:
    evaluation = rule.evaluation
    if evaluation is None:
        return None
    return Measure(
        method=evaluation.method,
        metric=evaluation.metric,
        by="",
        direction=evaluation.direction,
        reads_as=evaluation.reads_as,
        threshold=evaluation.threshold,
        parameters=evaluation.parameters,
        needs=evaluation.needs,
    )


_WAYS_OUT = {
    "label": "No dataset of this release has a label column; mark one, then plan again.",
    "prediction": "No dataset of this release has a prediction column; mark one, then plan again.",
    "score": "No dataset of this release has a score column; mark one, then plan again.",
    "model": "This release has no model file; upload one, then plan again.",
}


def _obstacle(
    measure: Measure, held: Mapping[str, bool], available_methods: Collection[str]
) -> str:
    if measure.method not in available_methods:
        return f"The method {measure.method} is not available in this portal yet."
    if measure.needs_column:
        return (
            "No sensitive column is declared; declare one with its purpose and legal basis, "
            "then plan again."
        )
    lacking = [need for need in measure.needs if not held[need]]
    return _WAYS_OUT[lacking[0]] if lacking else ""


def _check(requirement: Requirement, measure: Measure) -> PlannedCheck:
    return PlannedCheck(
        requirement_key=requirement.key,
        title=requirement.title,
        short_title=requirement.short_title,
        method=measure.method,
        metric=measure.metric,
        by=measure.by,
        direction=measure.direction,
        threshold=measure.threshold,
        parameters=measure.parameters,
        inputs=measure.needs,
        why=requirement.why,
    )
