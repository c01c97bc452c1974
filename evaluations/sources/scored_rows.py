"""Scores with label and membership of every row, as arrays: what counted cells cannot give."""

from __future__ import annotations

import numpy as np

from evaluations.methods.cells import MISSING
from evaluations.methods.inputs import BadInput, ScoreTable
from evaluations.sources.files import OpenFile
from evaluations.sources.weighted_rows import CLUSTER, WEIGHT, cluster_codes
from registry.reading.values import quoted, text_sql


def read_scores(
    source: OpenFile,
    joined: str,
    column: str,
    *,
    scale: float | None,
    clustered: bool,
    labelled: bool,
) -> ScoreTable:
    """Read the rows that have a score.

    joined: SQL that yields code, label and score of every row, and weight and cluster where scale
    is given. The rows are sorted, so that the order of the file does not change a digit.
    """
    _check_numbers(source, column)
    wanted = "code, label, CAST(score AS DOUBLE) AS score"
    wanted += "" if scale is None else ", CAST(weight AS DOUBLE) AS weight"
    wanted += ", cluster" if clustered else ""
    held = source.arrays(f"SELECT {wanted} FROM ({joined}) WHERE score IS NOT NULL")  # noqa: S608 - quoted
    # Every row has its cell, so that the rows of the file are those of the join.
    total = int(str(source.rows(f"SELECT count(*) FROM {source.relation}")[0][0]))  # noqa: S608 - quoted
    weights = None if scale is None else np.asarray(held["weight"], dtype=np.float64) * scale
    clusters = cluster_codes(np.asarray(held["cluster"], dtype=object)) if clustered else None
    keys = [held["label"], held["score"], held["code"]]
    more = [part for part in (clusters, weights) if part is not None]
    order = np.lexsort((*more, *keys))
    labels = np.asarray(held["label"], dtype=np.int8)[order]
    return ScoreTable(
        scores=np.asarray(held["score"], dtype=np.float64)[order],
        labels=labels,
        codes=np.asarray(held["code"], dtype=np.int64)[order],
        left_out=total - int((labels != MISSING).sum() if labelled else len(labels)),
        weights=None if weights is None else weights[order],
        clusters=None if clusters is None else clusters[order],
    )


def row_parts(*, weighed: bool, score: str | None) -> str:
    """Return SQL for what is read of a row beside its cell, under plain names."""
    parts = [f"{WEIGHT} AS weight", f"{CLUSTER} AS cluster"] if weighed else []
    return ", ".join(["", *parts, *([f"{text_sql(quoted(score))} AS score"] if score else [])])


def _check_numbers(source: OpenFile, column: str) -> None:
    odd = source.rows(
        f"SELECT score FROM (SELECT {text_sql(quoted(column))} AS score FROM {source.relation}) "  # noqa: S608 - quoted
        "WHERE score IS NOT NULL "
        "AND NOT coalesce(isfinite(TRY_CAST(score AS DOUBLE)), false) LIMIT 1"
    )
    if odd:
        message = (
            f"The score column {column!r} holds {str(odd[0][0])[:40]!r}, which is no finite number."
        )
        raise BadInput(message)
