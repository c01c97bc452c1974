"""What became of a limit over the plans of a release: a late change is shown for ever."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from evaluations.models import Check
from rai_portal.web.numbers import limit_text

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """The limit of one check in one plan.

    moved: what differs from the plan before, as the beginning of a sentence; "" where nothing does.

    reason: why the plan replaced its forerunner, or why the check was adjusted.
    """

    plan_number: int
    threshold: Decimal | None
    direction: str
    removed: bool
    parameters: dict[str, Any]
    reason: str
    at: dt.datetime
    by: User
    moved: str


_NAMED = re.compile(r"\b(at most|at least) (\d+(?:\.\d+)?)")


def title_with_limit(title: str, *, before: Decimal | None, now: Decimal | None) -> str:
    """Return a check's title with its limit of now, where the title names the one before.

    "Gap by race at most 0.10", with 0.5 instead of 0.1, is "Gap by race at most 0.50".
    """

    def renamed(match: re.Match[str]) -> str:
        if now is None or before is None or Decimal(match[2]) != before:
            return match[0]
        return f"{match[1]} {limit_text(float(now))}"

    return _NAMED.sub(renamed, title)


def limit_history(check: Check) -> list[LimitChange]:
    """Return the limit of this check in every plan of the release, oldest first."""
    rows = (
        Check.objects.filter(
            plan__release=check.plan.release_id,
            plan__number__lte=check.plan.number,
            requirement=check.requirement,
            method=check.method,
            metric=check.metric,
        )
        .select_related("plan__created_by", "plan__locked_by")
        .order_by("plan__number", "pk")
    )
    changes: list[LimitChange] = []
    before: Check | None = None
    for row in (row for row in rows if row.by == check.by):
        plan = row.plan
        changes.append(
            LimitChange(
                plan_number=plan.number,
                threshold=row.threshold,
                direction=row.direction,
                removed=row.removed,
                parameters=row.parameters,
                reason="; ".join(text for text in (plan.reason, row.adjustment_reason) if text),
                at=plan.locked_at or plan.created_at,
                by=plan.locked_by or plan.created_by,
                moved="" if before is None else _moved(before, row),
            )
        )
        before = row
    return changes


def _moved(before: Check, now: Check) -> str:
    if (before.threshold, before.direction, before.removed, before.parameters) != (
        now.threshold,
        now.direction,
        now.removed,
        now.parameters,
    ):
        return "Limit moved"
    if before.dataset_id != now.dataset_id:
        return "Other data"
    # A draft reads what is declared when it is locked.
    if now.plan.locked and (before.reads, before.edges) != (now.reads, now.edges):
        return "Other columns, values or edges"
    return ""


def limit_moved(check: Check) -> bool:
    """Return whether the limit of this check ever moved after a plan was locked."""
    return any(change.moved for change in limit_history(check))
