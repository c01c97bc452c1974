"""Weights and clusters from a file: the usable rows, and what each cluster holds of each cell.

Weights are read as whole multiples of a power of two, so that their sums are exact: the same rows
give the same digits in whatever order an engine adds them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.inputs import BadInput, ClusterCells, ColumnRoles
from evaluations.sources.files import OpenFile
from registry.reading.values import quoted, text_sql

MOST_ENTRIES = 20_000_000
"""Cells of clusters held in memory at once: some 500 MB."""
WEIGHT, CLUSTER = quoted("· weight of the row"), quoted("· cluster of the row")
MOST_SPREAD = 10_000_000
"""How many times the smallest weight the largest may be.

A weight is then kept to 1 part in 2^24, and twice the bits leave room in a 128-bit sum of squares
for 2^31 rows.
"""
_BITS = 48
_LEAST, _MOST = 1e-100, 1e100
"""Beyond, the square of a weight is no number that a machine holds."""


@dataclass(frozen=True, slots=True)
class Usable:
    """A file's rows that have a weight and a cluster, where such columns are declared.

    source.relation yields WEIGHT (a whole number; × scale is the weight) and CLUSTER (a text).
    """

    source: OpenFile
    scale: float
    left_out: tuple[tuple[str, str, int], ...]


def usable_rows(source: OpenFile, roles: ColumnRoles) -> Usable:
    """Return the rows that can be weighed and clustered; BadInput for weights that are none."""
    weight, scale = "1::BIGINT", 1.0
    left_out: list[tuple[str, str, int]] = []
    if roles.weight is not None:
        text = text_sql(quoted(roles.weight))
        scale = _scale(source, text, roles.weight)
        whole = f"CAST(round(CAST({text} AS DOUBLE) / pow(2::DOUBLE, {int(math.log2(scale))})) AS BIGINT)"
        weight = f"coalesce({whole}, 0)"
        left_out += _unweighed(source, roles.weight, text, weight)
    cluster = "NULL" if roles.cluster is None else text_sql(quoted(roles.cluster))
    kept = f"{weight} > 0" + ("" if roles.cluster is None else f" AND {cluster} IS NOT NULL")
    if roles.cluster is not None:
        left_out += _counted(
            source, roles.cluster, f"{weight} > 0 AND {cluster} IS NULL", "no value in the cluster"
        )
    relation = (
        f"(SELECT *, {weight} AS {WEIGHT}, {cluster} AS {CLUSTER} "  # noqa: S608 - quoted
        f"FROM {source.relation} WHERE {kept})"
    )
    return Usable(replace(source, relation=relation), scale, tuple(left_out))


def cluster_cells(source: OpenFile, joined: str, scale: float) -> ClusterCells:
    """Return the weight of each cell within each cluster, in the order of the clusters' names.

    joined: SQL that yields cluster, weight and cell of every row.
    """
    grouped = (
        f"SELECT cluster, cell, CAST(sum(weight) AS DOUBLE) AS weight FROM ({joined}) "  # noqa: S608 - quoted
        f"GROUP BY cluster, cell LIMIT {MOST_ENTRIES + 1}"
    )
    held = source.arrays(
        f"SELECT dense_rank() OVER (ORDER BY cluster) - 1 AS cluster, cell, weight "  # noqa: S608 - quoted
        f"FROM ({grouped}) ORDER BY cluster, cell"
    )
    cluster = np.asarray(held["cluster"], dtype=np.int64)
    if len(cluster) > MOST_ENTRIES:
        message = (
            f"The clusters hold more than {MOST_ENTRIES:,} different cells, too many to keep at "
            "once. Nothing was computed. Use larger clusters, or leave the column out."
        )
        raise BadInput(message)
    return ClusterCells(
        cluster=cluster,
        cell=np.asarray(held["cell"], dtype=np.int64),
        weight=np.asarray(held["weight"], dtype=np.float64) * scale,
        count=int(cluster.max()) + 1 if len(cluster) else 0,
    )


def cluster_codes(names: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return a number for each cluster's name, by the order of the names."""
    _, codes = np.unique(names.astype(str), return_inverse=True)
    return np.asarray(codes, dtype=np.int64).ravel()


def _scale(source: OpenFile, text: str, column: str) -> float:
    """Return the unit of weight: the largest weight is some 2^48 of it."""
    number = f"TRY_CAST({text} AS DOUBLE)"
    bad = f"{text} IS NOT NULL AND NOT coalesce(isfinite({number}) AND {number} >= 0, false)"
    odd, least, most = source.rows(
        f"SELECT min({text}) FILTER ({bad}), min({number}) FILTER ({number} > 0), max({number}) "  # noqa: S608 - quoted
        f"FROM {source.relation}"
    )[0]
    if odd is not None:
        message = (
            f"The weight column {column!r} holds {str(odd)[:40]!r}; a weight is a number of 0 or "
            "more. Nothing was counted. Mend it, or leave the column out."
        )
        raise BadInput(message)
    if least is None:
        message = (
            f"The weight column {column!r} holds no weight above 0, so no row would count. "
            "Name another column, or leave it out."
        )
        raise BadInput(message)
    smallest, largest = float(str(least)), float(str(most))
    _refuse_spread(column, smallest, largest)
    return float(2.0 ** (math.frexp(largest)[1] - _BITS))


def _refuse_spread(column: str, smallest: float, largest: float) -> None:
    if largest / smallest <= MOST_SPREAD and smallest >= _LEAST and largest <= _MOST:
        return
    message = (
        f"The weight column {column!r} holds weights from {smallest:g} to {largest:g}. The largest "
        f"may be {MOST_SPREAD:,} times the smallest above 0, and none below {_LEAST:g} or above "
        f"{_MOST:g}, so that the small ones still count. Nothing was counted. Mend it, or leave the "
        "column out."
    )
    raise BadInput(message)


def _unweighed(source: OpenFile, column: str, text: str, weight: str) -> list[tuple[str, str, int]]:
    missing = _counted(source, column, f"{text} IS NULL", "no weight")
    zero = f"{text} IS NOT NULL AND {weight} = 0"
    return missing + _counted(source, column, zero, "a weight of 0")


def _counted(
    source: OpenFile, column: str, condition: str, reason: str
) -> list[tuple[str, str, int]]:
    n = source.rows(f"SELECT count(*) FROM {source.relation} WHERE {condition}")[0][0]  # noqa: S608 - quoted
    return [(column, reason, int(str(n)))]
