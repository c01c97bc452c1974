"""A metric measured in every group: values, denominators, bounds, and why some are unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.cells import RATES, Grouped, Rate, denominators, numerators
from evaluations.methods.fairness.spread import Spread
from evaluations.methods.intervals import Bounds, Floats, exact, square_and_add
from evaluations.methods.results import Estimate, NotEstimable, Outcome
from evaluations.methods.wording import rows as rows_text

type Ints = NDArray[np.int64]
type Level = float | Floats
"""One level, or a column of them, for which intervals have a row each."""

EXACT = "clopper-pearson"
SQUARE_AND_ADD = "square-and-add"
"""How intervals of one number, and of two compared, are named in results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One metric over all groups; places where a reason stands hold no meaning in the arrays.

    share: whether the metric is a share of rows, so that ratios have intervals. n: denominators, in rows. bounds: the intervals of all groups at a level. comparable: whether
    differences between groups are defined for it. spread: its precision where rows weigh
    differently or belong together; None where they are independent and of equal weight.
    """

    key: str
    values: Floats
    n: Ints
    reasons: tuple[str, ...]
    bounds: Callable[[Level], Bounds]
    interval: str
    share: bool = False
    comparable: bool = True
    spread: Spread | None = None

    @property
    def estimable(self) -> NDArray[np.bool_]:
        """Return for each group whether it has a value."""
        return np.array([not reason for reason in self.reasons], dtype=bool)

    def outcomes(self, level: float) -> list[Outcome]:
        """Return an estimate or the reason why there is none, for each group."""
        ends = self.bounds(level)
        effects = [None] * len(self.n) if self.spread is None else self.spread.effects.tolist()
        return [
            NotEstimable(reason=reason, n=int(n))
            if reason
            else Estimate(
                value=float(value),
                low=float(low),
                high=float(high),
                level=level,
                n=int(n),
                interval=self.interval,
                design_effect=effect,
            )
            for value, n, low, high, reason, effect in zip(
                self.values, self.n, ends.low, ends.high, self.reasons, effects, strict=True
            )
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimum:
    """How many rows a group and a denominator need, and the word for the favourable outcome."""

    rows: int
    outcome: str

    def reasons(self, rows: Ints, parts: list[tuple[Ints, str]]) -> tuple[str, ...]:
        """Return for each group why it is not estimable, or "" if it is.

        parts: denominators with the words for what they count.
        """
        return tuple(
            self._reason(int(n), [(int(part[place]), words) for part, words in parts])
            for place, n in enumerate(rows)
        )

    def _reason(self, rows: int, parts: list[tuple[int, str]]) -> str:
        if rows < self.rows:
            return f"{rows_text(rows)}; {self.rows} are needed"
        for count, words in parts:
            said = words.format(outcome=self.outcome)
            if count == 0:
                return f"no rows {said}"
            if count < self.rows:
                return f"{count} {said}; {self.rows} are needed"
        return ""


def measure_rates(grouped: Grouped, minimum: Minimum, *, labelled: bool) -> list[Measured]:
    """Measure every rate that the columns allow, then balanced accuracy and F1."""
    rates = [
        plain_rate(grouped, rate, minimum) for rate in RATES if labelled or not rate.needs_label
    ]
    if not labelled:
        return rates
    by_key = {rate.key: rate for rate in RATES}
    return [*rates, _balanced_accuracy(grouped, by_key, minimum), _f1(grouped, by_key, minimum)]


def plain_rate(grouped: Grouped, rate: Rate, minimum: Minimum) -> Measured:
    """Measure one rate of independent rows of equal weight."""
    x, n = numerators(grouped.counts, rate), denominators(grouped.counts, rate)
    size = np.maximum(n, 1)
    return Measured(
        key=rate.key,
        values=x / size,
        n=n,
        reasons=minimum.reasons(grouped.rows, [(n, rate.counted)]),
        bounds=lambda level: exact(x, size, level),
        interval=EXACT,
        share=True,
    )


def _balanced_accuracy(grouped: Grouped, by_key: dict[str, Rate], minimum: Minimum) -> Measured:
    """(1 + TPR − FPR) / 2: the interval of the difference, moved and halved."""
    hit, miss = by_key["true_positive_rate"], by_key["false_positive_rate"]
    x1, n1 = numerators(grouped.counts, hit), denominators(grouped.counts, hit)
    x2, n2 = numerators(grouped.counts, miss), denominators(grouped.counts, miss)
    size1, size2 = np.maximum(n1, 1), np.maximum(n2, 1)

    def bounds(level: Level) -> Bounds:
        ends = square_and_add(
            x1 / size1, x2 / size2, exact(x1, size1, level), exact(x2, size2, level)
        )
        return Bounds((1.0 + ends.low) / 2.0, (1.0 + ends.high) / 2.0)

    return Measured(
        key="balanced_accuracy",
        values=(1.0 + x1 / size1 - x2 / size2) / 2.0,
        n=n1 + n2,
        reasons=minimum.reasons(grouped.rows, [(n1, hit.counted), (n2, miss.counted)]),
        bounds=bounds,
        interval=f"{SQUARE_AND_ADD}, {EXACT}",
    )


def _f1(grouped: Grouped, by_key: dict[str, Rate], minimum: Minimum) -> Measured:
    """2J / (1 + J) with J = TP / (TP + FP + FN), a share of rows, whose interval is transformed."""
    hit, kept = by_key["true_positive_rate"], by_key["precision"]
    x = numerators(grouped.counts, hit)
    positives, selected = denominators(grouped.counts, hit), denominators(grouped.counts, kept)
    n = positives + selected - x
    size = np.maximum(n, 1)

    def bounds(level: Level) -> Bounds:
        ends = exact(x, size, level)
        return Bounds(2.0 * ends.low / (1.0 + ends.low), 2.0 * ends.high / (1.0 + ends.high))

    return Measured(
        key="f1",
        values=2.0 * x / np.maximum(positives + selected, 1),
        n=n,
        reasons=minimum.reasons(grouped.rows, [(positives, hit.counted), (n, "to judge F1 by")]),
        bounds=bounds,
        interval=f"{EXACT}, transformed",
    )
