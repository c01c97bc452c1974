"""Conditions over the answers of an intake, such as "areas has credit or health"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

UNKNOWN = "unknown"
"""The option that every question offers beside its own."""

type Answers = Mapping[str, Sequence[str]]
"""Question key → chosen option keys; a single choice is a sequence of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Holds when the answer to `question` has one of `options`."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Holds when every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """Holds when some part holds."""

    parts: tuple[Condition, ...]


type Condition = Chosen | AllOf | AnyOf


def holds(condition: Condition, answers: Answers, *, unknown_holds: bool) -> bool:
    """Return whether the condition holds over the answers.

    unknown_holds: whether the answer "unknown", and no answer at all, make a part hold. True for
    what raises demands (elevations, traits, further questions), False for contradictions, since
    what is not known contradicts nothing. There is no "not": so more answers of concern can only
    make more conditions hold, and a tier never falls by a worse answer.
    """
    match condition:
        case Chosen(question=question, options=options):
            given = answers.get(question, ())
            if unknown_holds and (not given or UNKNOWN in given):
                return True
            return any(option in options for option in given)
        case AllOf(parts=parts):
            return all(holds(part, answers, unknown_holds=unknown_holds) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, answers, unknown_holds=unknown_holds) for part in parts)


def leaves(condition: Condition) -> Iterator[Chosen]:
    """Yield every `Chosen` in the condition, in order."""
    if isinstance(condition, Chosen):
        yield condition
        return
    for part in condition.parts:
        yield from leaves(part)
