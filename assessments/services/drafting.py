"""First words for a recommendation, from the gate: what decides, and what would have to be done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assessments.documents.wording import DIRECTION_WORDS, STATUS_ORDER
from assessments.rules.wording import lowered
from rai_portal.web.numbers import limit_text

if TYPE_CHECKING:
    from assessments.rules.gate import RequirementStatus
    from assessments.services.gates import ReleaseGate
    from evaluations.models import Run

WEIGHT = {"failed": 0, "inconclusive": 1, "not_estimable": 2}
"""A measured failure decides before what is not settled, and that before what is not there."""
_LIMIT = re.compile(r",? (?:at most|at least) [\d.]+")
UNSETTLED = ", which the interval does not settle"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCondition:
    """Something to be done: for which requirement, what. by: the role that does it."""

    text: str
    by: str


def drafted_reason(found: ReleaseGate) -> str:
    """Return the number that decides, then how much is open; "" while nothing is asked."""
    opened = sorted(open_ones(found), key=_weight)
    if not found.gate.requirements:
        return ""
    if not opened:
        return "Every requirement is met on what was measured and filed."
    asked = sum(item.status != "not_applicable" for item in found.gate.requirements)
    verb = "is" if len(opened) == 1 else "are"
    return (
        f"{deciding(found, opened[0])} {len(opened)} of {asked} requirements {verb} open: "
        f"{_counts(opened)}."
    )


def drafted_conditions(found: ReleaseGate) -> tuple[DraftCondition, ...]:
    """Return "requirement: what mends it" for each open one; what has one mend is said once."""
    by_act: dict[tuple[str, str], list[str]] = {}
    for item in sorted(open_ones(found), key=_weight):
        if item.mend:
            by_act.setdefault((item.mend, item.mend_by), []).append(_subject(item.title))
    return tuple(
        DraftCondition(text=f"{'; '.join(titles)}: {lowered(mend)}", by=by)
        for (mend, by), titles in by_act.items()
    )


def open_ones(found: ReleaseGate) -> list[RequirementStatus]:
    """Return the requirements that keep the gate from being ready."""
    return [item for item in found.gate.requirements if item.is_open]


def deciding(found: ReleaseGate, status: RequirementStatus) -> str:
    """Return what was found, on which run, and the limit that it is held against.

    A requirement's title reads as if it were met ("gap at most 0.10"), so it never stands beside
    the number that breaks it.
    """
    run = _run_of(found, status)
    if run is None or status.numbers is None or status.threshold is None:
        return f"{status.title}: {lowered(status.reason.rstrip('.'))}."
    said = _said(status, run)
    word = DIRECTION_WORDS.get(status.direction, "")
    tail = UNSETTLED if status.status == "inconclusive" else ""
    return f"{said} (run {run.pk}); the limit is {word} {limit_text(status.threshold)}{tail}."


def _said(status: RequirementStatus, run: Run) -> str:
    """Return the run's headline where it tells of the same number, else the gate's own words."""
    _, apart, rest = status.reason.partition("(")
    interval = rest.partition(")")[0]
    same = bool(apart) and f"({interval}" in run.headline
    return run.headline.rstrip(".") if same else status.reason.rstrip(".")


def _run_of(found: ReleaseGate, status: RequirementStatus) -> Run | None:
    rests = status.rests_on
    if rests is None or rests.kind != "run":
        return None
    return next((run for run in found.runs if str(run.pk) == str(rests.id)), None)


def _weight(item: RequirementStatus) -> int:
    return WEIGHT.get(item.status, len(WEIGHT))


def _counts(opened: list[RequirementStatus]) -> str:
    names = [name for name in STATUS_ORDER if any(item.status == name for item in opened)]
    return ", ".join(
        f"{sum(item.status == name for item in opened)} {name.replace('_', ' ')}" for name in names
    )


def _subject(title: str) -> str:
    """Return what a requirement is about, without the limit: "gap at most 0.10" is a claim."""
    return _LIMIT.sub("", title)
