"""What a check asks of a metric, and the words that a verdict is told in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from evaluations.methods.inputs import NOT_RECORDED
from evaluations.methods.results import Group, Metric, Pair

type Direction = Literal["at_most", "at_least", "estimable"]

_WORST = {"_worst_difference": "gap in", "_worst_ratio": "ratio of"}
_NAMES = {
    "additivity_max_error": "largest additivity error",
    "additivity_failures": "rows that fail additivity",
    "attribution_share": "share of attribution",
    "background_similarity": "similarity of attributions across backgrounds",
    "brier": "Brier score",
    "brier_difference": "Brier score difference",
    "count": "rows",
    "feature_group_association": "how well the feature alone tells the group",
    "mean_attribution_difference": "difference of mean attribution",
    "mean_output_difference": "difference of mean output",
    "neighbour_similarity": "similarity of attributions among neighbours",
    "proxy_reliance": "reliance on a stand-in for the group",
    "scoring_impact_ratio": "impact ratio of scoring",
}
"""Metrics whose key is not their name → the name, as in the catalogue."""

MADE_OF = {"equalised_odds": ("true_positive_rate", "false_positive_rate")}
"""Criteria that are the worst of several rates → those rates."""


class Verdict(StrEnum):
    """The outcome of one run of a check."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_ESTIMABLE = "not_estimable"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a check asks of one metric.

    at_most and at_least need a threshold, in the metric's unit. estimable asks only that the
    metric could be measured in every recorded group of the columns `by`. group: for a metric of
    one group instead of the worst pair or the whole.
    """

    metric: str
    direction: Direction
    threshold: float | None = None
    by: tuple[str, ...] = ()
    group: Group | None = None

    def __post_init__(self) -> None:
        """Refuse a limit that could never decide."""
        if self.direction == "estimable":
            return
        if self.threshold is None or not math.isfinite(self.threshold):
            message = f"A limit on {self.metric} needs a finite threshold."
            raise ValueError(message)

    @property
    def edge(self) -> float:
        """The threshold; NaN, which no number meets, for a limit that needs none."""
        return math.nan if self.threshold is None else self.threshold


def title_of(limit: Limit) -> str:
    """Return "worst gap in selection rate by race", or the metric's name in words."""
    where = f" by {' and '.join(limit.by)}" if limit.by else ""
    if limit.group is not None:
        where = f" of {named(limit.group)}"
    for ending, words in _WORST.items():
        if limit.metric.endswith(ending):
            return f"worst {words} {words_of(limit.metric.removesuffix(ending))}{where}"
    return words_of(limit.metric) + where


def words_of(key: str) -> str:
    """Return a metric's name as it stands within a sentence."""
    name = _NAMES.get(key) or key.replace("_", " ")
    return name.replace("auc", "AUC") if key.startswith("auc") else name


def base_of(key: str) -> str | None:
    """Return the metric that a worst pair compares; None for any other metric."""
    for ending in _WORST:
        if key.endswith(ending):
            return key.removesuffix(ending)
    return None


def in_groups(metrics: Sequence[Metric], key: str, by: tuple[str, ...]) -> list[Metric]:
    """Return a metric's results in the recorded groups of the columns; () means any columns."""
    return [
        metric
        for metric in metrics
        if metric.metric == key
        and metric.group is not None
        and (not by or tuple(metric.group) == by)
        and NOT_RECORDED not in metric.group.values()
    ]


def named(group: Group) -> str:
    """Return the values of a group as one label."""
    return ", ".join(group.values())


def both(pair: Pair) -> str:
    """Return "a and b", and the rate where the metric is the worst of several: "… in precision"."""
    rate = "" if pair.rate is None else f" in {words_of(pair.rate)}"
    return f"{named(pair.high)} and {named(pair.low)}{rate}"
