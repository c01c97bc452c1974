"""Differences from the reference that chance hardly explains: tests of equal rates, by Holm."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr, stdtr

from evaluations.methods.fairness.measured import Measured
from evaluations.methods.fairness.spread import Spread
from evaluations.methods.fairness.tables import TITLES
from evaluations.methods.fairness.worst import Comparison
from evaluations.methods.intervals import Floats
from evaluations.methods.limits import named
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
                    p=p_of_equal_rates(metric, int(place), reference),
                )
            )
    return found


def _usable(case: Comparison) -> NDArray[np.bool_]:
    return case.compared & case.metric.estimable


def p_of_equal_rates(metric: Measured, one: int, other: int) -> float:
    """Return the two-sided p of equal rates: exact, or of effective sizes where rows have a design."""
    if metric.spread is not None:
        return score_test(metric, metric.spread, one, other)
    n1, n2 = int(metric.n[one]), int(metric.n[other])
    return fisher(round(metric.values[one] * n1), n1, round(metric.values[other] * n2), n2)


def fisher(x1: int, n1: int, x2: int, n2: int) -> float:
    """Return twice the chance of x1 of n1 or what lies further out, given x1 + x2; at most 1.

    Fisher's exact test (1935): under equal rates x1 is hypergeometric, so that no p is reached more
    often than it says, however rare the rate.
    """
    events, total = x1 + x2, n1 + n2
    middle = events * n1 / total
    if x1 == middle:
        return 1.0
    spread = math.sqrt(middle * n2 / total * (total - events) / max(total - 1, 1))
    # Beyond so many standard deviations nothing is left that a number could hold.
    reach = int(40.0 * spread) + 100
    if x1 > middle:
        places = np.arange(x1, min(n1, events, x1 + reach) + 1)
    else:
        places = np.arange(max(0, events - n2, x1 - reach), x1 + 1)
    chance = np.exp(
        _ways(n1, places) + _ways(n2, events - places) - _ways(total, np.array([events]))
    )
    return float(min(2.0 * chance.sum(), 1.0))


def _ways(n: int, chosen: NDArray[np.int64]) -> Floats:
    """Return the logarithm of how many ways there are to choose so many of n."""
    return np.asarray(gammaln(n + 1.0) - gammaln(chosen + 1.0) - gammaln(n - chosen + 1.0))


def score_test(metric: Measured, spread: Spread, one: int, other: int) -> float:
    """Return the two-sided p of equal rates: (p₁ − p₂)² / (p̄ (1 − p̄) (1/n₁ + 1/n₂) · N/(N − 1)).

    The square root of Pearson's χ² for two by two, times √((N − 1)/N). n are effective sizes, widened
    where the groups share clusters, and Student's t with the fewer degrees of freedom stands for the
    normal where there are clusters.
    """
    n1, n2 = float(spread.sizes[one]), float(spread.sizes[other])
    wide = 1.0 if spread.shared is None else float(spread.shared[one, other])
    gap = float(metric.values[one] - metric.values[other])
    pooled = (metric.values[one] * n1 + metric.values[other] * n2) / (n1 + n2)
    spare = float(pooled * (1.0 - pooled)) * (1.0 / n1 + 1.0 / n2)
    if spare <= 0.0 or gap == 0.0:
        return 1.0
    z = abs(gap) / np.sqrt(spare * wide * (n1 + n2) / (n1 + n2 - 1.0))
    if spread.freedom is None:
        return float(2.0 * ndtr(-z))
    return float(2.0 * stdtr(min(spread.freedom[one], spread.freedom[other]), -z))


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
        note="Tests of equal rates (Fisher's, exact; with weights or clusters score tests), adjusted "
        "together by Holm over every group and metric; "
        f"a difference stands if its adjusted p is at most {alpha:.4g}. A large p does not show that "
        "groups are treated alike. The gate uses the verdicts of checks only, never this table.",
    )  # fmt: skip
