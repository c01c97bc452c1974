"""Impact ratios of New York City's Local Law 144 (6 RCNY § 5-300 and 5-301): no pass mark.

A group's selection rate (or scoring rate) divided by that of the group with the highest. Rows of
unknown membership stay outside; groups under a share of the rows may be left out.
"""

from __future__ import annotations

import numpy as np

from evaluations.methods.cells import Grouped
from evaluations.methods.fairness.comparisons import ratio_bounds
from evaluations.methods.fairness.measured import Measured
from evaluations.methods.fairness.worst import interval_of
from evaluations.methods.pairs import ladder
from evaluations.methods.results import Estimate, Metric, NotEstimable, Outcome, Scalar, Table
from evaluations.methods.wording import plain

RATIOS = {"selection_rate": "impact_ratio", "scoring_rate": "scoring_impact_ratio"}
"""Rate → the key of its impact ratio."""
UNKNOWN = "membership not recorded: kept outside the ratios"


def impact_ratios(
    grouped: Grouped, metrics: list[Measured], *, level: float, smallest_share: float
) -> list[Metric]:
    """Return the impact ratio of every group, for selection and for scoring where measured.

    1 for the group with the highest rate, 0 for a group that is never selected. smallest_share:
    groups with a smaller share of the rows of known membership are left out and say so.
    """
    found: list[Metric] = []
    for metric in metrics:
        if metric.key in RATIOS:
            found += _of_rate(grouped, metric, level, smallest_share)
    return found


def _of_rate(grouped: Grouped, metric: Measured, level: float, smallest: float) -> list[Metric]:
    reasons = _reasons(grouped, metric, smallest)
    usable = [place for place, reason in enumerate(reasons) if not reason]
    if not usable:
        top = None
    else:
        top = min(usable, key=lambda p: (-metric.values[p], -grouped.rows[p], grouped.members[p]))
    outcomes = _outcomes(metric, reasons, top, level)
    return [
        Metric(
            metric=RATIOS[metric.key],
            group=grouped.group(place),
            outcome=outcome,
            reference=None if top is None else grouped.group(top),
        )
        for place, outcome in enumerate(outcomes)
    ]


def _reasons(grouped: Grouped, metric: Measured, smallest: float) -> list[str]:
    known = grouped.recorded
    total = max(int(grouped.rows[known].sum()), 1)
    found = []
    for place, rows in enumerate(grouped.rows):
        share = int(rows) / total
        if not known[place]:
            found.append(UNKNOWN)
        elif share < smallest:
            percent, limit = plain(share * 100, 1), plain(smallest * 100, 1)
            found.append(f"{percent} % of the rows; groups under {limit} % are left out")
        else:
            found.append(metric.reasons[place])
    return found


def _outcomes(metric: Measured, reasons: list[str], top: int | None, level: float) -> list[Outcome]:
    if top is None or metric.values[top] <= 0.0:
        none = "no group can be compared with" if top is None else "the highest rate is 0"
        return [
            NotEstimable(reason=reason or none, n=int(n))
            for reason, n in zip(reasons, metric.n, strict=True)
        ]
    places = np.arange(len(metric.n))
    rungs = ladder(metric.bounds, level)
    ends = ratio_bounds(metric, rungs, places, np.full_like(places, top))
    return [
        _outcome(metric, place, top, (float(ends.low[place]), float(ends.high[place])), level)
        if not reason
        else NotEstimable(reason=reason, n=int(metric.n[place]))
        for place, reason in enumerate(reasons)
    ]


def _outcome(
    metric: Measured, place: int, top: int, ends: tuple[float, float], level: float
) -> Estimate:
    if place == top:
        return Estimate(
            value=1.0, low=None, high=None, level=None, n=int(metric.n[top]), interval="exact"
        )
    return Estimate(
        value=float(metric.values[place] / metric.values[top]),
        low=ends[0],
        high=ends[1],
        level=level,
        n=int(metric.n[place] + metric.n[top]),
        interval=interval_of(metric),
    )


def impact_table(grouped: Grouped, metrics: list[Measured], ratios: list[Metric]) -> Table:
    """Return the table that the rule asks for: applicants, rate and impact ratio of each group."""
    rows: list[tuple[Scalar, ...]] = []
    for metric in metrics:
        if metric.key not in RATIOS:
            continue
        found = [item for item in ratios if item.metric == RATIOS[metric.key]]
        for place, item in enumerate(found):
            rate = None if metric.reasons[place] else float(metric.values[place])
            rows.append(
                (
                    "selection" if metric.key == "selection_rate" else "scoring",
                    *grouped.members[place],
                    int(metric.n[place]),
                    rate,
                    *_numbers(item.outcome, highest=item.group == item.reference),
                )
            )
    columns = grouped.columns
    return Table(
        key=f"impact_{'_'.join(columns)}",
        title=f"Impact ratios by {' and '.join(columns)}",
        columns=("of", *columns, "rows", "rate", "impact ratio", "low", "high", "note"),
        rows=tuple(rows),
        note="6 RCNY § 5-301: the rate divided by the highest rate. The rule sets no pass mark.",
    )


def _numbers(outcome: Outcome, *, highest: bool) -> tuple[Scalar, ...]:
    if isinstance(outcome, NotEstimable):
        return (None, None, None, outcome.reason)
    return (outcome.value, outcome.low, outcome.high, "highest rate" if highest else "")
