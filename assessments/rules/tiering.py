"""Tier of a system from the answers of its intake: 1 (highest impact) to 4, with breakdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assessments.rules.conditions import UNKNOWN, Answers, holds
from assessments.rules.policy_data import LOWEST_TIER, Policy, Question

VERSION = "1.0.0"

__all__ = [
    "UNKNOWN",
    "VERSION",
    "Answers",
    "Fired",
    "QuestionResult",
    "Reached",
    "TierResult",
    "is_asked",
    "tier",
    "traits_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionResult:
    """What one question gave.

    chosen: keys of the chosen options, labels beside them. points: what counted. highest: the
    most it can give. unknown: answered "unknown"; missing: asked and not answered (both count as
    `highest`). asked: False when the other answers make the question moot (0 points).
    """

    key: str
    text: str
    dimension: str
    chosen: tuple[str, ...]
    labels: tuple[str, ...]
    points: int
    highest: int
    unknown: bool
    missing: bool
    asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """An elevation or contradiction whose condition held. tier: None for contradictions."""

    key: str
    sentence: str
    tier: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A threshold that was reached. dimension "" stands for the total."""

    dimension: str
    tier: int
    points: int
    at_least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierResult:
    """The tier with everything it came from.

    tier: computed also while blocked, with missing answers counted as unknown: "at present".
    blocked: the tier must not be used: an answer is missing, unreadable, or contradicts another.
    missing: keys of asked questions without answer. problems: a sentence for each unreadable one.
    by_dimension: (dimension, points), in the order of the questions.
    """

    tier: int
    total: int
    by_dimension: tuple[tuple[str, int], ...]
    questions: tuple[QuestionResult, ...]
    thresholds: tuple[Reached, ...]
    elevations: tuple[Fired, ...]
    contradictions: tuple[Fired, ...]
    missing: tuple[str, ...]
    problems: tuple[str, ...]
    blocked: bool
    policy_version: str
    policy_digest: str
    version: str = VERSION

    def as_record(self) -> dict[str, Any]:
        """Return plain JSON values, to be stored beside the answers."""
        return {
            "tier": self.tier,
            "total": self.total,
            "by_dimension": dict(self.by_dimension),
            "questions": [
                {
                    "key": item.key,
                    "text": item.text,
                    "dimension": item.dimension,
                    "chosen": list(item.chosen),
                    "labels": list(item.labels),
                    "points": item.points,
                    "highest": item.highest,
                    "unknown": item.unknown,
                    "missing": item.missing,
                    "asked": item.asked,
                }
                for item in self.questions
            ],
            "thresholds": [
                {
                    "dimension": item.dimension,
                    "tier": item.tier,
                    "points": item.points,
                    "at_least": item.at_least,
                }
                for item in self.thresholds
            ],
            "elevations": [
                {"key": item.key, "sentence": item.sentence, "tier": item.tier}
                for item in self.elevations
            ],
            "contradictions": [
                {"key": item.key, "sentence": item.sentence} for item in self.contradictions
            ],
            "missing": list(self.missing),
            "problems": list(self.problems),
            "blocked": self.blocked,
            "policy": {"version": self.policy_version, "digest": self.policy_digest},
            "version": self.version,
        }


def is_asked(question: Question, answers: Answers) -> bool:
    """Return whether the other answers make this question one to ask; unknown counts as yes."""
    return question.asked_when is None or holds(question.asked_when, answers, unknown_holds=True)


def tier(policy: Policy, answers: Answers) -> TierResult:
    """Return the tier that the answers give under the policy, with its breakdown.

    Points add up by dimension and in total; the highest impact that a threshold or an elevation
    asks for is the tier. Unknown and missing answers count as the most the question can give and
    fire every elevation that rests on them, so that knowing less never lowers the tier.
    """
    problems = _problems(policy, answers)
    readable = _readable(policy, answers)
    questions = tuple(_question_result(question, readable) for question in policy.questions)
    by_dimension = _by_dimension(questions)
    total = sum(points for _, points in by_dimension)
    thresholds = _reached(policy, total, dict(by_dimension))
    elevations = tuple(
        Fired(key=rule.key, sentence=rule.sentence, tier=rule.tier)
        for rule in policy.elevations
        if holds(rule.when, readable, unknown_holds=True)
    )
    contradictions = tuple(
        Fired(key=rule.key, sentence=rule.sentence)
        for rule in policy.contradictions
        if holds(rule.when, readable, unknown_holds=False)
    )
    missing = tuple(item.key for item in questions if item.missing)
    raised = [item.tier for item in elevations if item.tier is not None]
    return TierResult(
        tier=min([LOWEST_TIER, *(item.tier for item in thresholds), *raised]),
        total=total,
        by_dimension=by_dimension,
        questions=questions,
        thresholds=thresholds,
        elevations=elevations,
        contradictions=contradictions,
        missing=missing,
        problems=problems,
        blocked=bool(missing or problems or contradictions),
        policy_version=policy.version,
        policy_digest=policy.digest,
    )


def traits_of(policy: Policy, *, kind: str, answers: Answers) -> frozenset[str]:
    """Return the traits of a system: by its kind, or by its answers (unknown counts as yes)."""
    readable = _readable(policy, answers)
    return frozenset(
        trait.key
        for trait in policy.traits
        if kind in trait.kinds
        or (trait.when is not None and holds(trait.when, readable, unknown_holds=True))
    )


_NOT_ASKED = ("",)
"""An answer that matches no option and is not unknown: the question is moot."""


def _problem(question: Question, chosen: Sequence[str]) -> str:
    """Return a sentence when the answer cannot be read, else nothing."""
    known = {key for key, _ in question.choices}
    strangers = sorted(set(chosen) - known)
    alone = {UNKNOWN} | {option.key for option in question.options if option.exclusive}
    if strangers:
        return f"“{question.text}” has no option “{strangers[0]}”; choose again."
    if len(set(chosen)) > 1 and question.kind != "multiple":
        return f"“{question.text}” takes one answer; choose one."
    if len(set(chosen)) > 1 and alone & set(chosen):
        return f"“{question.text}” has an answer that cannot stand beside others; choose again."
    return ""


def _problems(policy: Policy, answers: Answers) -> tuple[str, ...]:
    found = [_problem(question, answers.get(question.key, ())) for question in policy.questions]
    known = {question.key for question in policy.questions}
    strangers = [
        f"There is no question “{key}” in this policy; answer its questions again."
        for key in sorted(set(answers) - known)
    ]
    return (*(sentence for sentence in found if sentence), *strangers)


def _readable(policy: Policy, answers: Answers) -> Answers:
    """Return the answers with unreadable ones as unknown, and those not asked as moot."""
    readable: dict[str, tuple[str, ...]] = {}
    for question in policy.questions:
        chosen = answers.get(question.key, ())
        if not is_asked(question, readable):
            readable[question.key] = _NOT_ASKED
        elif chosen:
            unreadable = bool(_problem(question, chosen))
            readable[question.key] = (UNKNOWN,) if unreadable else _in_order(question, chosen)
    return readable


def _in_order(question: Question, chosen: Sequence[str]) -> tuple[str, ...]:
    return tuple(key for key, _ in question.choices if key in chosen)


def _points(question: Question, chosen: Sequence[str]) -> int:
    if not chosen or UNKNOWN in chosen:
        return question.highest
    total = sum(option.points for option in question.options if option.key in chosen)
    return total if question.cap is None else min(total, question.cap)


def _question_result(question: Question, answers: Answers) -> QuestionResult:
    asked = is_asked(question, answers)
    chosen = tuple(answers.get(question.key, ())) if asked else ()
    labels = dict(question.choices)
    return QuestionResult(
        key=question.key,
        text=question.text,
        dimension=question.dimension,
        chosen=chosen,
        labels=tuple(labels[key] for key in chosen),
        points=_points(question, chosen) if asked else 0,
        highest=question.highest,
        unknown=asked and UNKNOWN in chosen,
        missing=asked and not chosen,
        asked=asked,
    )


def _by_dimension(questions: Sequence[QuestionResult]) -> tuple[tuple[str, int], ...]:
    sums: dict[str, int] = {}
    for item in questions:
        sums[item.dimension] = sums.get(item.dimension, 0) + item.points
    return tuple(sums.items())


def _reached(policy: Policy, total: int, by_dimension: dict[str, int]) -> tuple[Reached, ...]:
    totals = [
        Reached(dimension="", tier=rule.tier, points=total, at_least=rule.at_least)
        for rule in policy.total_thresholds
        if total >= rule.at_least
    ]
    dimensions = [
        Reached(
            dimension=rule.dimension,
            tier=rule.tier,
            points=by_dimension.get(rule.dimension, 0),
            at_least=rule.at_least,
        )
        for rule in policy.dimension_thresholds
        if by_dimension.get(rule.dimension, 0) >= rule.at_least
    ]
    highest_total = sorted(totals, key=lambda item: item.tier)[:1]
    return (*highest_total, *dimensions)
