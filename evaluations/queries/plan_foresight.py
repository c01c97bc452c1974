"""What the plan page says of the data's reach: per check, and above the lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluations.services.foresight import unknown_sentence
from evaluations.services.sizes import METHOD, newest_count

if TYPE_CHECKING:
    from evaluations.models import Check, EvaluationPlan, SizeCount


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a check can show. unknown: why nothing is known; then the other words are empty.

    note: what the figures take for granted, and who is left out. counting: a worker is at it.
    """

    says: str = ""
    needs: str = ""
    warning: str = ""
    note: str = ""
    unknown: str = ""
    low: bool = False
    counting: bool = False


def foreseen_of(plan: EvaluationPlan, checks: Iterable[Check]) -> dict[int, Foreseen]:
    """Return what is foreseen by check: stored figures; of a draft also why there are none."""
    counts: dict[int, SizeCount | None] = {}
    found: dict[int, Foreseen] = {}
    for check in checks:
        if check.removed or check.method != METHOD or check.dataset is None:
            continue
        if not plan.locked and check.dataset.pk not in counts:
            counts[check.dataset.pk] = newest_count(check.dataset)
        seen = _seen(plan, check, counts.get(check.dataset.pk))
        if seen is not None:
            found[check.pk] = seen
    return found


def _seen(plan: EvaluationPlan, check: Check, count: SizeCount | None) -> Foreseen | None:
    record: Mapping[str, Any] = check.foresight or {}
    if plan.locked:
        unknown = "Not known when the plan was locked." if record.get("unknown") else ""
    else:
        unknown = unknown_sentence(check, count)
    if unknown:
        return Foreseen(unknown=unknown, counting=count is not None and not count.ended)
    if not record.get("says"):
        return None
    return Foreseen(
        says=record["says"],
        needs=record["needs"],
        warning=record["warning"],
        note=_note(record),
        low=record["low"],
    )


def _note(record: Mapping[str, Any]) -> str:
    parts = []
    if record["rate"] is not None:
        taken = "as counted" if record["rate_known"] else "assumed"
        parts.append(f"With a rate of {record['rate']:.2f}, {taken}.")
    if record["look"] > 1:
        parts.append(f"At look {record['look']}.")
    if record["left_out"] and record["chance"]:
        names = "; ".join(f"{item['group']} ({item['reason']})" for item in record["left_out"])
        parts.append(f"Left out: {names}.")
    return " ".join(parts)
