"""Attributions compared between groups, and features that stand in for a group.

Small groups are excluded first, then the largest group that is left is the reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.attribution.explained import Explained, Floats, GroupColumn
from evaluations.methods.attribution.statistics import (
    Difference,
    Interval,
    difference,
    magnitude,
    product,
    share,
    somers_d,
)
from evaluations.methods.inputs import NOT_RECORDED
from evaluations.methods.ordering import ordered
from evaluations.methods.results import Estimate, Exclusion, Group, Metric, NotEstimable, Outcome

_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A group and its reference within one column: which rows are whose."""

    column: str
    group: str
    reference: str
    first: NDArray[np.bool_]
    second: NDArray[np.bool_]

    @property
    def n(self) -> int:
        """Rows of both together."""
        return int(self.first.sum() + self.second.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Pairs to compare, what was left out, and columns in which nothing could be compared."""

    pairs: tuple[Pair, ...]
    excluded: tuple[Exclusion, ...]
    alone: tuple[tuple[str, int], ...]
    """Column and rows in its groups that are large enough: fewer than two such groups."""


def compare(explained: Explained) -> Compared:
    """Choose the pairs of every group column."""
    pairs: list[Pair] = []
    excluded: list[Exclusion] = []
    alone: list[tuple[str, int]] = []
    smallest = explained.parameters.minimum_group_size
    for column in explained.groups:
        sizes = _sizes(column)
        excluded.extend(_left_out(column.name, sizes, smallest))
        kept = [g for g, n in sizes.items() if n >= smallest and g != NOT_RECORDED]
        if len(kept) < _FEWEST:
            alone.append((column.name, sum(sizes[g] for g in kept)))
            continue
        reference = max(kept, key=lambda g: (sizes[g], g))
        pairs.extend(_pair(column, group, reference) for group in kept if group != reference)
    return Compared(pairs=tuple(pairs), excluded=tuple(excluded), alone=tuple(alone))


def _sizes(column: GroupColumn) -> dict[str, int]:
    names, counts = np.unique(column.members, return_counts=True)
    sizes = {str(name): int(count) for name, count in zip(names, counts, strict=True)}
    return {name: sizes[name] for (name,) in ordered((name,) for name in sizes)}


def _left_out(column: str, sizes: dict[str, int], smallest: int) -> Iterator[Exclusion]:
    for group, n in sizes.items():
        if group == NOT_RECORDED:
            yield Exclusion(group={column: group}, n=n, reason="the group is not recorded")
        elif n < smallest:
            yield Exclusion(group={column: group}, n=n, reason=f"fewer than {smallest} rows")


def _pair(column: GroupColumn, group: str, reference: str) -> Pair:
    return Pair(
        column=column.name,
        group=group,
        reference=reference,
        first=column.members == group,
        second=column.members == reference,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureGap:
    """One feature in one pair. association and reliance are absent where values are missing."""

    pair: Pair
    feature: str
    gap: Difference
    association: Interval | None
    reliance: Interval | None
    recorded: int
    """Rows of both groups in which the feature has a value."""


def feature_gaps(explained: Explained, compared: Compared) -> tuple[FeatureGap, ...]:
    """Compare each feature in each pair; simultaneous bounds are over all of them."""
    count = len(compared.pairs) * len(explained.features)
    return tuple(
        _gap(explained, pair, place, count)
        for pair in compared.pairs
        for place in range(len(explained.features))
    )


def _gap(explained: Explained, pair: Pair, place: int, count: int) -> FeatureGap:
    level = explained.parameters.level
    values, inputs = explained.values[:, place], explained.inputs[:, place]
    known = ~np.isnan(inputs)
    first, second = inputs[pair.first & known], inputs[pair.second & known]
    association = reliance = None
    if min(len(first), len(second)) >= _FEWEST:
        association = somers_d(first, second, level)
        reliance = _reliance(explained, place, first, second)
    return FeatureGap(
        pair=pair,
        feature=explained.features[place],
        gap=difference(values[pair.first], values[pair.second], level, count),
        association=association,
        reliance=reliance,
        recorded=len(first) + len(second),
    )


def _reliance(explained: Explained, place: int, first: Floats, second: Floats) -> Interval | None:
    """Share × |Somers' D|, each at half the error so that both hold together."""
    absolute = np.abs(explained.values)
    whole = absolute.sum(axis=1)
    if not whole.any():
        return None
    half = 1 - (1 - explained.parameters.level) / 2
    told = magnitude(somers_d(first, second, half))
    return product(share(absolute[:, place], whole, half), told)


def output_gaps(explained: Explained, compared: Compared) -> tuple[tuple[Pair, Difference], ...]:
    """Difference of the mean output of each pair."""
    level, count = explained.parameters.level, len(compared.pairs)
    return tuple(
        (
            pair,
            difference(explained.margins[pair.first], explained.margins[pair.second], level, count),
        )
        for pair in compared.pairs
    )


def group_metrics(
    explained: Explained,
    compared: Compared,
    gaps: tuple[FeatureGap, ...],
) -> Iterator[Metric]:
    """Yield every comparison as a metric."""
    level = explained.parameters.level
    for column, n in compared.alone:
        reason = f"fewer than two groups of {column} have enough rows"
        outcome = NotEstimable(reason=reason, n=n)
        yield Metric(metric="mean_output_difference", group=None, outcome=outcome)
    for pair, gap in output_gaps(explained, compared):
        yield _metric("mean_output_difference", pair, {}, _estimate(gap, pair.n, level))
    for entry in gaps:
        pair, extra = entry.pair, {"feature": entry.feature}
        gap_estimate = _estimate(entry.gap, pair.n, level)
        yield _metric("mean_attribution_difference", pair, extra, gap_estimate)
        yield _metric(
            "feature_group_association",
            pair,
            extra,
            _told(entry, entry.association, level, "delong"),
        )
        yield _metric(
            "proxy_reliance", pair, extra, _told(entry, entry.reliance, level, "product-of-bounds")
        )


def _metric(key: str, pair: Pair, extra: Group, outcome: Outcome) -> Metric:
    return Metric(
        metric=key,
        group={pair.column: pair.group, **extra},
        reference={pair.column: pair.reference, **extra},
        outcome=outcome,
    )


def _estimate(gap: Difference, n: int, level: float) -> Estimate:
    return Estimate(
        value=gap.own.value,
        low=gap.own.low,
        high=gap.own.high,
        level=level,
        n=n,
        interval="welch",
        simultaneous_low=gap.simultaneous.low,
        simultaneous_high=gap.simultaneous.high,
    )


def _told(entry: FeatureGap, found: Interval | None, level: float, name: str) -> Outcome:
    if found is None:
        reason = "the feature is missing in almost all rows of a group, or nothing was attributed"
        return NotEstimable(reason=reason, n=entry.recorded)
    return Estimate(
        value=found.value,
        low=found.low,
        high=found.high,
        level=level,
        n=entry.recorded,
        interval=name,
    )
