"""Metrics of scores by group: AUC, Brier score and calibration. They need rows, not cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from evaluations.methods.cells import MISSING, POSITIVE
from evaluations.methods.denominators import NEGATIVE_LABEL, POSITIVE_LABEL
from evaluations.methods.fairness.measured import EXACT, Ints, Level, Measured, Minimum
from evaluations.methods.inputs import ScoreTable
from evaluations.methods.intervals import Bounds, Floats, exact

REPLICATES = 2_000


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean with the size of a binomial sample that would be as precise."""

    value: float
    size: float


def measure_scores(
    table: ScoreTable,
    group_of: NDArray[np.int64],
    rows: Ints,
    minimum: Minimum,
    *,
    bins: int,
    rng: np.random.Generator,
) -> list[Measured]:
    """Measure AUC, Brier score and expected calibration error in every group.

    table: labelled rows only. group_of: for each code of the table the place of its group; rows: rows of each group.
    """
    groups = list(_split(table, group_of, len(rows)))
    n, ranked, judged = known_of(table.scores, [labels for _, labels in groups], rows, minimum)
    auc = [_auc(scores, labels) for scores, labels in groups]
    brier = [_brier(scores, labels) for scores, labels in groups]
    return [
        _of_spread("auc", auc, n, ranked),
        _of_spread("brier", brier, n, judged),
        calibrated(
            [
                NOTHING if reason else _error(scores, labels, bins, rng)
                for (scores, labels), reason in zip(groups, judged, strict=True)
            ],
            n,
            judged,
            interval="bootstrap, debiased",
        ),
    ]


def known_of(
    scores: Floats, labels: list[NDArray[np.bool_]], rows: Ints, minimum: Minimum
) -> tuple[Ints, tuple[str, ...], tuple[str, ...]]:
    """Return the rows with a score and a label, and why some groups have no AUC or no Brier score.

    labels: of each group. rows: of each group, with or without a score.
    """
    n = np.array([len(known) for known in labels], dtype=np.int64)
    positives = np.array([int(known.sum()) for known in labels], dtype=np.int64)
    parts = [(n, "with a score and a label")]
    judged = minimum.reasons(rows, parts)
    if bool(((scores < 0.0) | (scores > 1.0)).any()):
        judged = tuple("scores lie outside 0 to 1" for _ in labels)
    parts += [(positives, POSITIVE_LABEL), (n - positives, NEGATIVE_LABEL)]
    return n, minimum.reasons(rows, parts), judged


def labelled(table: ScoreTable) -> ScoreTable:
    """Return the rows that have a label."""
    known = np.asarray(table.labels) != MISSING
    return ScoreTable(
        scores=table.scores[known],
        labels=np.asarray(table.labels)[known] == POSITIVE,
        codes=table.codes[known],
        left_out=table.left_out,
        weights=None if table.weights is None else table.weights[known],
        clusters=None if table.clusters is None else table.clusters[known],
    )


def spiegelhalter(scores: Floats, labels: NDArray[np.bool_]) -> float | None:
    """Return Spiegelhalter's z of calibration: normal(0, 1) if the scores are calibrated.

    None where it is undefined: every score is 0, 0.5 or 1, or there are no rows.
    """
    spread = float((((1.0 - 2.0 * scores) ** 2) * scores * (1.0 - scores)).sum())
    if spread <= 0.0:
        return None
    return float(((labels - scores) * (1.0 - 2.0 * scores)).sum() / np.sqrt(spread))


def _split(
    table: ScoreTable, group_of: NDArray[np.int64], groups: int
) -> Iterator[tuple[Floats, NDArray[np.bool_]]]:
    places = group_of[table.codes]
    order = np.lexsort((table.labels, table.scores, places))
    edges = np.searchsorted(places[order], np.arange(groups + 1))
    for start, stop in pairwise(edges):
        part = order[start:stop]
        yield table.scores[part], table.labels[part] == POSITIVE


def _of_spread(key: str, spreads: list[Spread], n: Ints, reasons: tuple[str, ...]) -> Measured:
    """The exact interval on the effective size: stays within [0, 1] and has width at its ends."""
    values = np.array([spread.value for spread in spreads])
    sizes = np.array([spread.size for spread in spreads])
    return Measured(
        key=key,
        values=values,
        n=n,
        reasons=reasons,
        bounds=lambda level: exact(values * sizes, sizes, level),
        interval=f"{EXACT}, effective size",
    )


def _auc(scores: Floats, labels: NDArray[np.bool_]) -> Spread:
    """Return the exact AUC, ties counted half, with DeLong's variance; scores must be sorted."""
    m, n = int(labels.sum()), int((~labels).sum())
    if m < 2 or n < 2:
        return Spread(0.5, 1.0)
    edges = np.flatnonzero(np.diff(scores)) + 1
    starts, stops = np.concatenate([[0], edges]), np.concatenate([edges, [len(scores)]])
    below = np.concatenate([[0], np.cumsum(~labels)])
    hits = np.concatenate([[0], np.cumsum(labels)])
    # For each run of equal scores: negatives below it plus half of those within, and so on.
    beaten = (below[starts] + below[stops]) / (2.0 * n)
    beating = 1.0 - (hits[starts] + hits[stops]) / (2.0 * m)
    up = hits[stops] - hits[starts]
    down = below[stops] - below[starts]
    value = float((up * beaten).sum() / m)
    first = float((up * (beaten - value) ** 2).sum() / (m - 1) / m)
    second = float((down * (beating - value) ** 2).sum() / (n - 1) / n)
    return Spread(value, _effective(value, first + second, min(m, n)))


def _brier(scores: Floats, labels: NDArray[np.bool_]) -> Spread:
    if len(scores) < 2:
        return Spread(0.5, 1.0)
    losses = (scores - labels) ** 2
    value = float(losses.mean())
    return Spread(value, _effective(value, float(losses.var(ddof=1)) / len(losses), len(losses)))


def _effective(value: float, variance: float, fallback: int) -> float:
    """Return value (1 − value) / variance; without spread the rows there are."""
    between = value * (1.0 - value)
    # A variance that is 0 but for rounding says nothing, as one of 0 does.
    if variance <= 1e-14 * between:
        return float(fallback)
    return between / variance


@dataclass(frozen=True, slots=True)
class Calibration:
    """Error less its likely bias, the error as measured, its largest bias, and its chance spread."""

    value: float
    plain: float
    bias: float
    spread: Floats


NOTHING = Calibration(0.0, 0.0, 0.0, np.zeros(2))


def calibrated(
    found: list[Calibration], n: Ints, reasons: tuple[str, ...], *, interval: str
) -> Measured:
    """Return the calibration error of every group with its bounds."""

    def bounds(level: Level) -> Bounds:
        """Take off the largest bias below and none above: wide on the safe side."""
        tail = (1.0 - level) / 2.0
        low = [g.plain - g.bias - np.quantile(g.spread, 1.0 - tail) for g in found]
        high = [g.plain - np.quantile(g.spread, tail) for g in found]
        return Bounds(np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0))

    return Measured(
        key="expected_calibration_error",
        values=np.array([g.value for g in found]),
        n=n,
        reasons=reasons,
        bounds=bounds,
        interval=interval,
        comparable=False,
    )


def _error(
    scores: Floats, labels: NDArray[np.bool_], bins: int, rng: np.random.Generator
) -> Calibration:
    """Return the mean distance of score and outcome over bins, and what chance adds to it.

    A bin whose true gap is g shows on average the mean of |N(g, p(1−p)/n)|, which is more than g
    by σ√(2/π) when g is 0 and by nothing when g is large (Kumar and others 2019, in closed form).
    The likely bias is taken at √(gap² − σ²), the largest at 0. Rows are resampled as counts of
    (bin, label).
    """
    place = np.minimum((scores * bins).astype(np.int64), bins - 1)
    size = np.bincount(place, minlength=bins)
    used = size > 0
    size = size[used]
    mean = np.bincount(place, weights=scores, minlength=bins)[used] / size
    hits = np.bincount(place, weights=labels, minlength=bins)[used]
    gap, weight = np.abs(hits / size - mean), size / len(scores)
    # Laplace's rate keeps some spread where a bin holds one outcome only.
    smooth = (hits + 1.0) / (size + 2.0)
    sd = np.sqrt(smooth * (1.0 - smooth) / size)
    bias = mean_bias(np.sqrt(np.maximum(gap * gap - sd * sd, 0.0)), sd)
    plain = float((weight * gap).sum())
    chances = np.concatenate([hits, size - hits]) / len(scores)
    drawn = rng.multinomial(len(scores), chances, size=REPLICATES)
    drawn_hits, misses = drawn[:, : len(size)], drawn[:, len(size) :]
    replicates = np.abs(drawn_hits - (drawn_hits + misses) * mean).sum(axis=1) / len(scores)
    return Calibration(
        value=max(0.0, plain - float((weight * bias).sum())),
        plain=plain,
        bias=float((weight * mean_bias(np.zeros_like(sd), sd)).sum()),
        spread=replicates - replicates.mean(),
    )


def mean_bias(gap: Floats, sd: Floats) -> Floats:
    """Return how much more than `gap` the mean of |N(gap, sd²)| is."""
    folded = sd * np.sqrt(2.0 / np.pi) * np.exp(-((gap / sd) ** 2) / 2.0)
    return np.asarray(folded - 2.0 * gap * ndtr(-gap / sd))
