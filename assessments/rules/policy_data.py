"""The content of a policy as frozen dataclasses. `policy.load_policy` makes them from text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assessments.rules.conditions import UNKNOWN, Condition

type Parameter = str | int | float | bool | tuple[str | int | float, ...]

type Category = Literal[
    "evaluation", "document", "control", "sign_off", "monitoring", "risk", "finding"
]
type Direction = Literal["at_most", "at_least", "estimable", "reported"]
type RiskRule = Literal["all_rated", "none_over_appetite"]
type Binding = Literal["scope", "system"]

LOWEST_TIER = 4
"""Tier 1 has the highest impact, tier 4 the lowest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice of a question. exclusive: of a multiple question, stands alone."""

    key: str
    label: str
    points: int
    exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of the intake. help: why it is asked. "unknown" is offered beside the options."""

    key: str
    text: str
    help: str
    dimension: str
    kind: Literal["single", "multiple", "yes_no"]
    options: tuple[Option, ...]
    cap: int | None = None
    asked_when: Condition | None = None

    @property
    def highest(self) -> int:
        """Points of "unknown": the most that any answer to this question can give."""
        points = [option.points for option in self.options]
        if self.kind != "multiple":
            return max(points)
        return sum(points) if self.cap is None else min(sum(points), self.cap)

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """(key, label) of everything that can be chosen, "unknown" last: for a form."""
        listed = tuple((option.key, option.label) for option in self.options)
        return (*listed, (UNKNOWN, "Not known"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalThreshold:
    """At `at_least` points in total, the tier is `tier` or higher in impact."""

    tier: int
    at_least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionThreshold:
    """At `at_least` points in one dimension, the tier is `tier` or higher in impact."""

    dimension: str
    tier: int
    at_least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Elevation:
    """Whatever the points, the tier is `tier` or higher in impact when the condition holds."""

    key: str
    when: Condition
    tier: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Answers that cannot both be right; they block the intake."""

    key: str
    when: Condition
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """A property of a system that requirements look at: by its kind, or by its answers."""

    key: str
    title: str
    kinds: tuple[str, ...] = ()
    when: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleStep:
    """A step of likelihood or severity."""

    value: int
    label: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLevel:
    """A level of risk: the product of likelihood and severity is `at_least` this."""

    key: str
    label: str
    at_least: int
    due_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskMatrix:
    """Scales in rising order; levels from highest to lowest; appetite is the key of a level."""

    likelihood: tuple[ScaleStep, ...]
    severity: tuple[ScaleStep, ...]
    levels: tuple[RiskLevel, ...]
    appetite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRule:
    """What is measured, and its limit.

    by: "whole", or "each_sensitive" for one check per sensitive column of the dataset.
    direction: at_most and at_least compare the interval with `threshold`; estimable asks for an
    estimate in every group; reported asks that the metric was computed.
    needs: label, prediction, score, model: what the scope must hold for it.
    reads_as: the noun of the value in a sentence, such as "Gap".
    """

    method: str
    metric: str
    by: Literal["whole", "each_sensitive"]
    direction: Direction
    reads_as: str
    threshold: float | None = None
    parameters: Mapping[str, Parameter]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRule:
    """A requirement as the policy states it; `{column}` in titles stands for the column.

    none_open_at: severity at which, or graver, no finding may be open; 0 for other categories.
    """

    key: str
    title: str
    short_title: str
    category: Category
    tiers: tuple[int, ...]
    serves: tuple[str, ...]
    why: str
    owner_role: str
    mend: str
    kinds: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    not_applicable: str = ""
    evaluation: EvaluationRule | None = None
    document: str = ""
    specialism: str = ""
    risk_rule: RiskRule | None = None
    risk_minimum: int = 1
    none_open_at: int = 0
    bound_to: Binding = "scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    """Who decides on a launch in these tiers.

    quorum: approvals needed, from that many `functions` at least. refusals: no-go votes that
    settle a no-go. valid_days: how long a go stands. reassess_days: until the next assessment.
    """

    tiers: tuple[int, ...]
    roles: tuple[str, ...]
    quorum: int
    functions: int
    refusals: int
    valid_days: int
    reassess_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceRule:
    """Who may take a residual risk of these levels, and for how long at most."""

    tiers: tuple[int, ...]
    levels: tuple[str, ...]
    roles: tuple[str, ...]
    max_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRule:
    """Who may except a requirement in one of these statuses; no role: nobody may."""

    tiers: tuple[int, ...]
    categories: tuple[str, ...]
    statuses: tuple[str, ...]
    roles: tuple[str, ...]
    needs_data: bool
    max_days: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRights:
    """Decisions, acceptances and exceptions; the first rule that fits counts."""

    decisions: tuple[DecisionRule, ...]
    acceptances: tuple[AcceptanceRule, ...]
    exceptions: tuple[ExceptionRule, ...]

    def decision(self, tier: int) -> DecisionRule | None:
        """Return the rule for decisions in the tier; None: nobody may decide."""
        return next((rule for rule in self.decisions if tier in rule.tiers), None)

    def acceptance(self, tier: int, level: str) -> AcceptanceRule | None:
        """Return the rule for taking a risk of the level; None: nobody may."""
        fitting = (rule for rule in self.acceptances if tier in rule.tiers and level in rule.levels)
        return next(fitting, None)

    def exception(self, tier: int, category: str, status: str) -> ExceptionRule | None:
        """Return the rule for excepting a requirement of the category in the status."""
        return next(
            (
                rule
                for rule in self.exceptions
                if tier in rule.tiers and category in rule.categories and status in rule.statuses
            ),
            None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of what the organisation decided. digest: SHA-256 of its canonical JSON."""

    version: str
    title: str
    summary: str
    digest: str
    questions: tuple[Question, ...]
    total_thresholds: tuple[TotalThreshold, ...]
    dimension_thresholds: tuple[DimensionThreshold, ...]
    elevations: tuple[Elevation, ...]
    contradictions: tuple[Contradiction, ...]
    traits: tuple[Trait, ...]
    risk_matrix: RiskMatrix
    requirements: tuple[RequirementRule, ...]
    decision_rights: DecisionRights
    look_error: float

    def question(self, key: str) -> Question | None:
        """Return the question with that key."""
        return next((question for question in self.questions if question.key == key), None)
