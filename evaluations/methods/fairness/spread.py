"""How precise a number is when rows weigh differently or belong together: effective sizes.

A metric's influence says how much a row of unit weight moves it. Without clusters its variance is
the sum of the squared influences of the rows. With clusters it is the sum over whole clusters of how
far the metric moves when the cluster is left out (for a rate exactly the delete-one jackknife), times
C / (C − 1). The effective size is the number of independent rows of equal weight that would be as
precise; the exact interval is then taken on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import stdtrit

from evaluations.methods.cells import Grouped
from evaluations.methods.intervals import Floats, quantile

type Ints = NDArray[np.int64]

FEWEST = 10
"""Clusters, and effective rows, that a number needs; with fewer its variance is a guess."""
_MOST_COMPARED = 256
"""Groups up to which covariances are kept: a group column has at most 200 values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Precision of one metric in every group.

    sizes: effective size, at most the number of rows. effects: design effect, at least 1. clusters:
    how many the denominator comes from; freedom: degrees of freedom of its variance; None without
    clusters. shared: shape (groups, groups), at
    least 1: by how much the variance of a difference is at most larger than for independent groups.
    """

    sizes: Floats
    effects: Floats
    clusters: Ints | None = None
    freedom: Floats | None = None
    shared: Floats | None = None

    def at(self, level: float | Floats) -> Floats:
        """Return the effective sizes with which a normal interval has Student's quantile.

        Korn and Graubard (1998): size × (z / t)².
        """
        if self.freedom is None:
            return self.sizes
        wide = np.asarray(stdtrit(self.freedom, 0.5 + level / 2.0), dtype=float)
        return np.asarray(self.sizes * (quantile(level) / wide) ** 2)

    def reasons(self, known: tuple[str, ...], n: Ints) -> tuple[str, ...]:
        """Add why a group with enough rows still cannot carry a number."""
        return tuple(
            reason or self._reason(place, int(rows))
            for place, (reason, rows) in enumerate(zip(known, n, strict=True))
        )

    def _reason(self, place: int, rows: int) -> str:
        if self.clusters is not None and self.clusters[place] < FEWEST:
            held = int(self.clusters[place])
            unit = "cluster" if held == 1 else "clusters"
            return f"{rows:,} rows of {held} {unit}; {FEWEST} are needed"
        # Fewer rows than that are the minimum size's business, not that of weights.
        if self.sizes[place] < min(FEWEST, rows) * (1.0 - 1e-9):
            return (
                f"{rows:,} rows that are worth {self.sizes[place]:.1f} after weights and "
                f"clusters; {FEWEST} are needed"
            )
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Parts of clusters in groups: moved is influence × weight. rows, kish: of each group."""

    cluster: Ints
    group: Ints
    moved: Floats
    weight: Floats
    clusters: int
    rows: Ints
    kish: Floats
    declared: bool = True
    """Whether these are clusters at all, and not single rows."""


def spread_of_cells(
    values: Floats, influence: Floats, used: NDArray[np.bool_], grouped: Grouped
) -> Spread:
    """Return the precision of a metric made from cells.

    influence: shape (groups, 3, 3), of a row of unit weight in that cell. used: shape (3, 3), the
    cells that the metric is made from.
    """
    weighed = grouped.weighed
    if weighed is None:
        message = "Rows of equal weight without clusters have closed intervals of their own."
        raise ValueError(message)
    n = np.asarray(grouped.counts[:, used].sum(axis=1), dtype=np.int64)
    kish = kish_size(weighed.weights[:, used].sum(axis=1), weighed.squares[:, used].sum(axis=1))
    held = weighed.clusters
    if held is None:
        variance = (weighed.squares * influence**2)[:, used].sum(axis=1)
        sizes = _sizes(values, variance * n / np.maximum(n - 1, 1), kish, kish)
        return Spread(sizes=sizes, effects=_effects(n, sizes))
    kept = used.ravel()[held.cell % 9]
    cell, weight = held.cell[kept], held.weight[kept]
    return spread_of_entries(
        values,
        Entries(
            cluster=held.cluster[kept],
            group=cell // 9,
            moved=weight * influence.ravel()[cell],
            weight=weight,
            clusters=held.count,
            rows=n,
            kish=kish,
        ),
    )


def spread_of_entries(values: Floats, entries: Entries) -> Spread:
    """Return the precision of a metric from what each cluster moves it in each group."""
    groups = len(values)
    shape, at = (max(entries.clusters, 1), groups), (entries.cluster, entries.group)
    moved = csr_array((entries.moved, at), shape=shape)
    held = csr_array((entries.weight, at), shape=shape)
    place = held.indices
    totals = np.bincount(place, weights=held.data, minlength=groups)
    if entries.declared:
        # Without a cluster the metric moves by its influence over the weight that is left.
        left = 1.0 - held.data / totals[place]
        moved.data /= np.maximum(left, 1e-9)
    clusters = np.bincount(place, minlength=groups).astype(np.int64)
    second = np.bincount(place, weights=moved.data**2, minlength=groups).astype(float)
    variance = second * clusters / np.maximum(clusters - 1, 1)
    alike = kish_size(totals, np.bincount(place, weights=held.data**2, minlength=groups))
    sizes = _sizes(values, variance, entries.kish, np.minimum(alike, entries.kish))
    if not entries.declared:
        return Spread(sizes=sizes, effects=_effects(entries.rows, sizes))
    fourth = np.bincount(place, weights=moved.data**4, minlength=groups).astype(float)
    return Spread(
        sizes=sizes,
        effects=_effects(entries.rows, sizes),
        clusters=clusters,
        freedom=_freedom(clusters, second, fourth),
        shared=_shared(moved) if groups <= _MOST_COMPARED else None,
    )


def _freedom(clusters: Ints, second: Floats, fourth: Floats) -> Floats:
    """Return 2 V² / Var(V) with the spread of the squares as found (Satterthwaite 1946).

    Clusters − 1 where all move the metric alike; fewer where few clusters make most of the variance.
    """
    spread = fourth - second**2 / np.maximum(clusters, 1)
    most = np.maximum(clusters - 1, 1).astype(float)
    found = np.divide(2.0 * second**2, spread, out=most.copy(), where=spread > 1e-12 * second**2)
    return np.asarray(np.clip(found, 1.0, most), dtype=float)


def _shared(moved: csr_array) -> Floats:
    """Return 1 + |r| for groups whose numbers move against each other in shared clusters, else 1.

    Then V₁ + V₂ − 2r√(V₁V₂) ≤ (1 + |r|)(V₁ + V₂): never too narrow. Where groups of a cluster move
    together, the gain is not taken: from few clusters r itself is too uncertain.
    """
    covariance = (moved.T @ moved).toarray()
    deviation = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    scale = np.outer(deviation, deviation)
    correlation = np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 0.0)
    return np.asarray(1.0 + np.clip(-correlation, 0.0, 1.0), dtype=float)


def kish_size(totals: Floats, squares: Floats) -> Floats:
    """Return (Σw)² / Σw² (Kish 1965): the rows of equal weight that are as precise."""
    whole, parts = np.asarray(totals, dtype=float), np.asarray(squares, dtype=float)
    size = np.divide(whole**2, parts, out=np.zeros_like(whole), where=parts > 0.0)
    return np.asarray(size, dtype=float)


def _sizes(values: Floats, variance: Floats, most: Floats, fallback: Floats) -> Floats:
    """Return value (1 − value) / variance, at most Kish's; without any spread the fallback.

    The fallback takes all rows of a cluster as one: a rate of 0 or 1 says nothing of how alike they
    are.
    """
    between = values * (1.0 - values)
    # Variances that are 0 but for rounding: the influences of equal rows cancel.
    known = (between > 0.0) & (variance > 1e-14 * between)
    size = np.divide(between, variance, out=np.array(fallback, dtype=float), where=known)
    return np.asarray(np.minimum(size, most), dtype=float)


def _effects(rows: Ints, sizes: Floats) -> Floats:
    return np.asarray(
        np.maximum(np.divide(rows, sizes, out=np.ones(len(sizes)), where=sizes > 0.0), 1.0)
    )
