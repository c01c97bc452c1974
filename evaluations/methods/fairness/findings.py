"""Differences from the reference that chance hardly explains: score tests, adjusted by Holm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from evaluations.methods.fairness.measured import Measured
from evaluations.methods.fairness.tables import TITLES, named
from evaluations.methods.fairness.worst import Comparison
from evaluations.methods.intervals import Floats
from evaluations.methods.results import Scalar, Table

TESTED = (
    "base_rate",
    "selection_rate",
    "scoring_rate",
    "true_positive_rate",
    "false_positive_rate",
    "precision",
    "false_omission_rate",
    "accuracy",
)
"""Rates whose complements (such as 1 − TPR) would be the same test a second time."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A group's rate against the reference's. p: two-sided, 1 where both are equal."""

    column: str
    group: str
    reference: str
    metric: str
    difference: float
    rows: int
    p: float


def tested(case: Comparison, reference: int | None) -> list[Tested]:
    """Test every compared group against the reference; none for what is no share of rows."""
    metric = case.metric
    if metric.key not in TESTED or reference is None or not _usable(case)[reference]:
        return []
    found = []
    for place in np.flatnonzero(_usable(case)):
        if place != reference:
            found.append(
                Tested(
                    column=", ".join(case.grouped.columns),
                    group=named(case.grouped.group(int(place))),
                    reference=named(case.grouped.group(reference)),
                    metric=metric.key,
                    difference=float(metric.values[place] - metric.values[reference]),
                    rows=int(metric.n[place] + metric.n[reference]),
                    p=score_test(metric, int(place), reference),
                )
            )
    return found


def _usable(case: Comparison) -> NDArray[np.bool_]:
    return case.compared & case.metric.estimable


def score_test(metric: Measured, one: int, other: int) -> float:
    """Return the two-sided p of equal rates: (p₁ − p₂)² / (p̄ (1 − p̄) (1/n₁ + 1/n₂) · N/(N − 1)).

    The square root of Pearson's χ² for two by two, times √((N − 1)/N). With weights or clusters n are effective sizes, widened where the groups
    share clusters, and Student's t with the fewer degrees of freedom stands for the normal.
    """
    spread = metric.spread
    if spread is None:
        n1, n2, wide, freedom = float(metric.n[one]), float(metric.n[other]), 1.0, None
    else:
        n1, n2 = float(spread.sizes[one]), float(spread.sizes[other])
        wide = 1.0 if spread.shared is None else float(spread.shared[one, other])
        freedom = (
            None
            if spread.freedom is None
            else float(min(spread.freedom[one], spread.freedom[other]))
        )
    gap = float(metric.values[one] - metric.values[other])
    pooled = (metric.values[one] * n1 + metric.values[other] * n2) / (n1 + n2)
    spare = float(pooled * (1.0 - pooled)) * (1.0 / n1 + 1.0 / n2)
    if spare <= 0.0 or gap == 0.0:
        return 1.0
    z = abs(gap) / np.sqrt(spare * wide * (n1 + n2) / (n1 + n2 - 1.0))
    return float(2.0 * (ndtr(-z) if freedom is None else stdtr(freedom, -z)))


def holm(p: Floats) -> Floats:
    """Return Holm's (1979) adjusted values: the k-th smallest times m − k + 1, never falling."""
    order = np.argsort(p, kind="stable")
    steps = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def findings_table(tests: list[Tested], level: float) -> Table | None:
    """Return all tests, the clearest first; None if nothing could be tested."""
    if not tests:
        return None
    adjusted = holm(np.array([test.p for test in tests]))
    order = sorted(range(len(tests)), key=lambda at: (tests[at].p, at))
    alpha = 1.0 - level
    rows: list[tuple[Scalar, ...]] = [
        (
            tests[at].column,
            tests[at].group,
            tests[at].reference,
            TITLES[tests[at].metric],
            tests[at].difference,
            tests[at].rows,
            tests[at].p,
            float(adjusted[at]),
            "yes" if adjusted[at] <= alpha else "no",
        )
        for at in order
    ]
    found = sum(row[-1] == "yes" for row in rows)
    return Table(
        key="findings",
        title=f"{found} of {len(rows)} differences from the reference stand after adjustment",
        columns=("column", "group", "reference", "metric", "difference", "rows", "p", "adjusted p",
                 "stands"),
        rows=tuple(rows),
        note="Score tests of equal rates, adjusted together by Holm over every group and metric; "
        f"a difference stands if its adjusted p is at most {alpha:.4g}. A large p does not show that "
        "groups are treated alike. The gate uses the verdicts of checks only, never this table.",
    )  # fmt: skip
