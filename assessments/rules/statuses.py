"""The words of a gate: statuses, outcomes, verdicts, and what each means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

type Status = Literal[
    "met",
    "failed",
    "inconclusive",
    "not_estimable",
    "error",
    "running",
    "missing",
    "stale",
    "accepted",
    "not_applicable",
]
type GateOutcome = Literal[
    "blocked", "ready", "approved", "approved_with_conditions", "refused", "stale", "expired"
]
type Basis = Literal["measured", "attested", "missing"]
type DecisionKind = Literal["go", "go_with_conditions", "no_go"]

PASSING: frozenset[str] = frozenset({"met", "accepted", "not_applicable"})
"""Everything else blocks, a word that nobody knows included."""

SEVERITY: Mapping[str, int] = {
    "met": 0,
    "not_applicable": 0,
    "accepted": 1,
    "running": 2,
    "stale": 3,
    "missing": 4,
    "inconclusive": 5,
    "not_estimable": 6,
    "error": 7,
    "failed": 8,
}
"""A status worsens when its number rises."""

FROM_VERDICT: Mapping[str, Status] = {
    "pass": "met",
    "fail": "failed",
    "inconclusive": "inconclusive",
    "not_estimable": "not_estimable",
    "error": "error",
}

STATUS_MEANINGS: Mapping[str, str] = {
    "met": "Measured within its limit, or filed and confirmed.",
    "failed": "Measured, and wholly beyond the limit; or a reviewer asked for changes.",
    "inconclusive": "Measured, but the rows allow both. Blocks, unless a person with the right "
    "accepts the uncertainty.",
    "not_estimable": "Too few rows, or an empty denominator. Never counted as zero.",
    "error": "The run ended without a result that can be read.",
    "running": "A run is under way.",
    "missing": "Nothing was measured or filed.",
    "stale": "What it rests on has changed since.",
    "accepted": "Waived by an exception, until a date.",
    "not_applicable": "The policy does not ask it of this release.",
}

OUTCOME_MEANINGS: Mapping[str, str] = {
    "blocked": "Something that the policy asks is open; the release cannot launch.",
    "ready": "Everything that the policy asks is there; the decision is still to be taken.",
    "approved": "Approved on this scope and this gate.",
    "approved_with_conditions": "Approved; conditions stand, and those that are due are met.",
    "refused": "The board said no to this scope.",
    "stale": "Decision stale: what was approved has changed since, so it needs a new decision.",
    "expired": "The approval has ended and needs a new decision.",
}


def severity(status: str) -> int:
    """Return how bad a status is; a word that nobody knows is worst."""
    return SEVERITY.get(status, len(SEVERITY))


def worsened(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of requirements whose status is worse than it was, in order of `after`.

    A requirement that was not there before counts as met before: a new demand that is open is a
    worsening, a new demand that is met is not.
    """
    return tuple(
        key
        for key, status in after.items()
        if severity(status) > SEVERITY.get(before.get(key, "met"), 0)
    )
