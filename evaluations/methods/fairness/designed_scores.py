"""AUC, Brier score and calibration of weighted or clustered rows, by linearisation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from evaluations.methods.fairness.designed_rates import ON_SIZES, on_size
from evaluations.methods.fairness.measured import EXACT, Ints, Measured, Minimum
from evaluations.methods.fairness.scores import (
    NOTHING,
    REPLICATES,
    Calibration,
    calibrated,
    known_of,
    mean_bias,
)
from evaluations.methods.fairness.spread import Entries, kish_size, spread_of_entries
from evaluations.methods.inputs import ScoreTable
from evaluations.methods.intervals import Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one group, sorted by score: scores, labels, weights and the clusters they are of."""

    scores: Floats
    labels: NDArray[np.bool_]
    weights: Floats
    clusters: Ints

    @property
    def total(self) -> float:
        """Return the sum of the weights; 1 where there are no rows."""
        return float(self.weights.sum()) or 1.0


@dataclass(frozen=True, slots=True)
class Moved:
    """A value with the influence × weight of every row."""

    value: float
    moved: Floats


def split(table: ScoreTable, group_of: Ints, groups: int) -> Iterator[Rows]:
    """Yield the rows of each group; without clusters every row is one of its own."""
    size = len(table.scores)
    weights = np.ones(size) if table.weights is None else table.weights
    clusters = np.arange(size) if table.clusters is None else table.clusters
    places = group_of[table.codes]
    order = np.lexsort((clusters, weights, table.labels, table.scores, places))
    edges = np.searchsorted(places[order], np.arange(groups + 1))
    for start, stop in pairwise(edges):
        part = order[start:stop]
        yield Rows(table.scores[part], table.labels[part] == 1, weights[part], clusters[part])


def measure_designed_scores(
    table: ScoreTable,
    group_of: Ints,
    rows: Ints,
    minimum: Minimum,
    *,
    bins: int,
    rng: np.random.Generator,
) -> list[Measured]:
    """Measure AUC, Brier score and expected calibration error in every group."""
    groups = list(split(table, group_of, len(rows)))
    n, ranked, judged = known_of(table.scores, [part.labels for part in groups], rows, minimum)
    declared = table.clusters is not None
    brier = _measured("brier", [_brier(part) for part in groups], groups, judged, declared=declared)
    return [
        _measured("auc", [_auc(part) for part in groups], groups, ranked, declared=declared),
        brier,
        calibrated(
            [
                NOTHING if reason else _error(part, bins, rng)
                for part, reason in zip(groups, brier.reasons, strict=True)
            ],
            n,
            brier.reasons,
            interval="normal replicates, debiased",
        ),
    ]


def _measured(
    key: str, found: list[Moved], groups: list[Rows], known: tuple[str, ...], *, declared: bool
) -> Measured:
    values = np.array([item.value for item in found])
    n = np.array([len(part.labels) for part in groups], dtype=np.int64)
    clusters = np.concatenate([part.clusters for part in groups])
    spread = spread_of_entries(
        values,
        Entries(
            cluster=clusters,
            group=np.repeat(np.arange(len(groups)), n),
            moved=np.concatenate([item.moved for item in found]),
            weight=np.concatenate([part.weights for part in groups]),
            clusters=int(clusters.max()) + 1 if len(clusters) else 1,
            rows=n,
            kish=kish_size(
                np.array([part.weights.sum() for part in groups]),
                np.array([(part.weights**2).sum() for part in groups]),
            ),
            declared=declared,
        ),
    )
    return Measured(
        key=key,
        values=values,
        n=n,
        reasons=spread.reasons(known, n),
        bounds=lambda level: on_size(values, spread, level),
        interval=f"{EXACT}, {ON_SIZES}",
        spread=spread,
    )


def _auc(rows: Rows) -> Moved:
    """Return the weighted AUC, ties counted half; influences as DeLong's components.

    A positive moves it by (share of negatives below it − AUC) / weight of the positives, a negative
    by (share of positives above it − AUC) / weight of the negatives; a cluster by the sum of its
    rows (Obuchowski 1997).
    """
    up, down = rows.weights * rows.labels, rows.weights * ~rows.labels
    one, two = float(up.sum()), float(down.sum())
    if one <= 0.0 or two <= 0.0:
        return Moved(0.5, np.zeros(len(rows.scores)))
    starts = np.searchsorted(rows.scores, rows.scores, side="left")
    stops = np.searchsorted(rows.scores, rows.scores, side="right")
    below, hits = (np.concatenate([[0.0], np.cumsum(part)]) for part in (down, up))
    beaten = (below[starts] + below[stops]) / (2.0 * two)
    beating = 1.0 - (hits[starts] + hits[stops]) / (2.0 * one)
    value = min(max(float((up * beaten).sum()) / one, 0.0), 1.0)
    return Moved(value, up * (beaten - value) / one + down * (beating - value) / two)


def _brier(rows: Rows) -> Moved:
    losses = (rows.scores - rows.labels) ** 2
    value = float((rows.weights * losses).sum()) / rows.total if len(losses) else 0.5
    return Moved(value, rows.weights * (losses - value) / rows.total)


def _error(rows: Rows, bins: int, rng: np.random.Generator) -> Calibration:
    """Return the mean distance of score and outcome over bins, debiased as for plain rows.

    The gaps of the bins are drawn anew from a normal distribution with their linearised covariance
    over clusters; where a bin holds one outcome only, Laplace's rate keeps some spread.
    """
    place = np.minimum((rows.scores * bins).astype(np.int64), bins - 1)
    used, place = np.unique(place, return_inverse=True)
    whole = np.bincount(place, weights=rows.weights)
    gap = np.bincount(place, weights=rows.weights * (rows.labels - rows.scores)) / whole
    hits = np.bincount(place, weights=rows.weights * rows.labels) / whole
    kish = kish_size(whole, np.bincount(place, weights=rows.weights**2))
    moved = rows.weights * (rows.labels - rows.scores - gap[place]) / whole[place]
    _, clusters = np.unique(rows.clusters, return_inverse=True)
    parts = csr_array((moved, (clusters, place)), shape=(int(clusters.max()) + 1, len(used)))
    count = max(parts.shape[0], 2)
    covariance = (parts.T @ parts).toarray() * count / (count - 1)
    smooth = (hits * kish + 1.0) / (kish + 2.0)
    variance = np.maximum(np.diag(covariance), smooth * (1.0 - smooth) / kish)
    np.fill_diagonal(covariance, variance)
    sd, share = np.sqrt(variance), whole / rows.total
    plain = float((share * np.abs(gap)).sum())
    likely = mean_bias(np.sqrt(np.maximum(gap * gap - variance, 0.0)), sd)
    roots, axes = np.linalg.eigh(covariance)
    noise = rng.standard_normal((REPLICATES, len(used))) * np.sqrt(np.maximum(roots, 0.0))
    replicates = (np.abs(gap + noise @ axes.T) * share).sum(axis=1)
    return Calibration(
        value=max(0.0, plain - float((share * likely).sum())),
        plain=plain,
        bias=float((share * mean_bias(np.zeros_like(sd), sd)).sum()),
        spread=replicates - replicates.mean(),
    )


def robust_z(rows: Rows) -> float | None:
    """Return Spiegelhalter's statistic with the spread that clusters show; None without any."""
    moved = rows.weights * (rows.labels - rows.scores) * (1.0 - 2.0 * rows.scores)
    _, clusters = np.unique(rows.clusters, return_inverse=True)
    sums = np.bincount(clusters, weights=moved)
    spread = float((sums**2).sum()) * len(sums) / max(len(sums) - 1, 1)
    return None if spread <= 0.0 else float(moved.sum() / np.sqrt(spread))
