"""Sentences that more than one document needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assessments.documents.facts import Dossier, Line, RunFacts
from assessments.documents.small_numbers import is_exact, number_text, plain
from assessments.rules.statuses import PASSING
from evaluations.services.metrics import left_out
from rai_portal.web.numbers import (
    DIGITS,
    digits_for,
    fixed,
    limit_text,
    rows_text,
)
from registry.wording import listed

STANDING_LIMITS = (
    "A gate says what was measured, attested or is missing; it is no verdict on people or on the "
    "system.",
    "An attested line rests on a person's word, a measured one on a run that anyone can repeat. "
    "That a record is intact does not make it true.",
    "An association is not a cause. Attributions describe the model, not the world.",
    "Not legal advice.",
)

STATUS_ORDER = (
    "failed", "error", "inconclusive", "not_estimable", "missing", "stale", "running",
)  # fmt: skip

OUTCOME_WORDS = {
    "blocked": "blocked",
    "ready": "ready for a decision",
    "approved": "approved",
    "approved_with_conditions": "approved with conditions",
    "refused": "refused",
    "stale": "no longer approved, since what was decided on has changed",
    "expired": "no longer approved, since the approval had ended",
}
"""What a release was, by the outcome of its gate."""

DECISION_WORDS = {"go": "go", "go_with_conditions": "go with conditions", "no_go": "no-go"}

DIRECTION_WORDS = {"at_most": "at most", "at_least": "at least"}


def numbers_text(numbers: Mapping[str, Any] | None, *, least: int = DIGITS) -> str:
    """Return "0.26 (0.18 to 0.33)", or a dash where there is no number. least: digits, or more."""
    if numbers is None:
        return "–"
    return number_text(numbers, numbers.get("threshold"), least=least)


def rows_of(numbers: Mapping[str, Any] | None) -> str:
    """Return the denominator, or a dash."""
    return "–" if numbers is None else f"{numbers['n']:,}"


def limit_of(title: str, numbers: Mapping[str, Any] | None) -> str:
    """Return ", limit at most 0.10", or nothing where the title says it already."""
    if not numbers or numbers.get("threshold") is None:
        return ""
    word = DIRECTION_WORDS.get(numbers.get("direction", ""), "")
    if word and word in title:
        return ""
    return f", limit {word} {limit_text(numbers['threshold'])}" if word else ""


def group_text(group: Mapping[str, str] | None) -> str:
    """Return "Black", "Black, Female", or "Everybody"."""
    return ", ".join(group.values()) if group else "Everybody"


def rest_text(dossier: Dossier) -> str:
    """Return what the requirements that are not open amount to: "The other 10: 8 met, …"."""
    counts: dict[str, int] = {}
    for line in dossier.gate.lines:
        if line.status in PASSING:
            counts[line.status] = counts.get(line.status, 0) + 1
    apart = counts.pop("not_applicable", 0)
    words = [f"{number} {status.replace('_', ' ')}" for status, number in counts.items()]
    other = f"The other {sum(counts.values())}: {', '.join(words)}." if counts else ""
    verb = "does" if apart == 1 else "do"
    beyond = f"{apart} more {verb} not apply to this release." if apart else ""
    return f"{other} {beyond}".strip()


def fairness_first(runs: Iterable[RunFacts]) -> tuple[RunFacts, ...]:
    """Return the runs with those on fairness ahead: what the board asks about first."""
    return tuple(sorted(runs, key=lambda run: not run.method.startswith("fairness")))


def looks_text(run: RunFacts) -> str:
    """Return which look at the data a run was."""
    if run.look == 1:
        return f"Run {run.id}: first look."
    return f"Run {run.id}: look {run.look}; the error budget is shared over looks."


def limits_text(dossier: Dossier) -> str:
    """Return whether a limit was moved since the plan was locked."""
    plan = dossier.plan
    if plan is None or plan.locked_on is None:
        return "No plan is locked, so no run counts."
    moved = (
        f"Limits, data or columns that were changed after a lock: {listed(plan.moved)}."
        if plan.moved
        else f"No limit has moved since plan {plan.number} was locked on {plan.locked_on}."
    )
    return " ".join((moved, *plan.history))


def given_sensitive(dossier: Dossier) -> tuple[str, ...]:
    """Return the model's features that the release's data declares sensitive."""
    model = dossier.release.model
    declared = {column.name for data in dossier.release.data for column in data.sensitive}
    return () if model is None else tuple(name for name in model.features if name in declared)


def sensitive_text(dossier: Dossier) -> str:
    """Return whether a sensitive attribute is used at decision time, and what follows."""
    given = given_sensitive(dossier)
    uses = dossier.release.uses_sensitive_at_decision or bool(given)
    lending = dossier.tier.in_lending
    if uses:
        tail = (
            " In lending, treating applicants differently by such an attribute, as limits by "
            "group do, is disparate treatment: have counsel read this before any launch."
            if lending
            else " Have counsel read whether that is lawful where it is used."
        )
        which = f": the model is given {listed(given)}" if given else ""
        return f"This release uses a sensitive attribute at decision time{which}.{tail}"
    tail = (
        " Group-specific thresholds would be disparate treatment in lending; there are none."
        if lending
        else ""
    )
    return f"No sensitive attribute is used at decision time.{tail}"


def excluded_text(run: RunFacts) -> str:
    """Return who was left out of every comparison, and who of some, with how many they are."""
    found = left_out({"method": {"key": run.method}, "excluded": run.excluded})
    if not found:
        return f"Run {run.id} left nobody out."
    every = [
        f"{group_text(item.group)} ({rows_text(item.n)}; {item.reason})"
        for item in found
        if not item.of
    ]
    some = [
        f"{group_text(item.group)} ({item.where}; {rows_text(item.n)}; {item.reason})"
        for item in found
        if item.of
    ]
    told = [f"left out of every comparison: {'; '.join(every)}."] if every else []
    told += [f"left out of some comparisons: {'; '.join(some)}."] if some else []
    return f"Run {run.id} {' It '.join(told)}"


MOST_SUPPORTED = 3
"""Digits that samples of a few thousand rows support."""


def change_digits(before: Mapping[str, Any], now: Mapping[str, Any]) -> int:
    """Return how many digits make the printed change the difference of the printed values.

    0.284 and 0.246 are printed as 0.28 and 0.25, and their change of −0.038 as −0.04: then three,
    and never more for that: no sample here supports a fourth. As many as either needs beside its
    limit, so that both are printed alike.
    """
    one, other = before.get("value"), now.get("value")
    if one is None or other is None or is_exact(before) or is_exact(now):
        return DIGITS
    least = max(
        digits_for((item["low"], item["high"]), item.get("threshold")) for item in (before, now)
    )
    most = max(least, MOST_SUPPORTED)
    return next((at for at in range(least, most) if _adds_up(one, other, at)), most)


def _adds_up(before: float, now: float, digits: int) -> bool:
    printed = round(now, digits) - round(before, digits)
    return abs(printed - round(now - before, digits)) < 0.5 * 10.0**-digits


OPEN_FOR_ROWS = ("inconclusive", "not_estimable")


def settling_text(line: Line, foreseen: Mapping[str, str]) -> str:
    """Return what would settle an open measurement, and whether it was known at the lock.

    foreseen: what was known, by requirement. "" where neither is to be told.
    """
    if line.status not in OPEN_FOR_ROWS:
        return ""
    told = line.mend if line.status == "inconclusive" else ""
    known = foreseen.get(line.key, "")
    if known:
        known = f"Known when the plan was locked: {known[:1].lower()}{known[1:]}"
    said = " ".join(part for part in (told, known) if part)
    return f"{line.title}: {said}" if said else ""


def change_text(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return how a value moved, and whether the intervals leave that open."""
    if before.get("value") is None or now.get("value") is None:
        return "–"
    moved = now["value"] - before["value"]
    sign = "+" if moved > 0 else ""
    if is_exact(before) and is_exact(now):
        return f"{sign}{plain(moved)}"
    bounds = [before.get("low"), before.get("high"), now.get("low"), now.get("high")]
    digits = change_digits(before, now)
    if any(bound is None for bound in bounds):
        return f"{sign}{fixed(moved, digits)}"
    apart = before["high"] < now["low"] or now["high"] < before["low"]
    return f"{sign}{fixed(moved, digits)}, {'apart' if apart else 'overlap'}"
