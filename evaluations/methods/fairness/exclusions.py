"""Who and what was left out of comparisons, with how many and why."""

from __future__ import annotations

from evaluations.methods.fairness.analysis import Analysis
from evaluations.methods.inputs import NOT_RECORDED, SampleDesign
from evaluations.methods.results import Exclusion


def excluded_groups(analysis: Analysis) -> list[Exclusion]:
    """List the groups left out of all comparisons, and those left out of some of them."""
    grouped, found = analysis.grouped, []
    for place, rows in enumerate(grouped.rows):
        group = grouped.group(place)
        if not grouped.recorded[place]:
            reason = "membership not recorded: shown, not compared"
            found.append(Exclusion(group=group, n=int(rows), reason=reason))
        elif rows < analysis.minimum:
            reason = f"fewer than {analysis.minimum} rows"
            found.append(Exclusion(group=group, n=int(rows), reason=reason))
        else:
            found += _partly_excluded(analysis, place)
    return found


def _partly_excluded(analysis: Analysis, place: int) -> list[Exclusion]:
    kinds: dict[tuple[str, int], list[str]] = {}
    for item in analysis.metrics:
        if item.reasons[place]:
            kinds.setdefault((item.reasons[place], int(item.n[place])), []).append(item.key)
    return [
        Exclusion(group=analysis.grouped.group(place), n=n, reason=reason, metrics=tuple(keys))
        for (reason, n), keys in kinds.items()
    ]


def excluded_rows(design: SampleDesign | None) -> list[Exclusion]:
    """List the rows that could not be counted for want of a weight or a cluster."""
    if design is None:
        return []
    return [
        Exclusion(group={column: NOT_RECORDED}, n=n, reason=f"{reason}: not counted anywhere")
        for column, reason, n in design.left_out
        if n
    ]
