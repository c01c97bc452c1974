"""Scores cut at a threshold: the same cells as for predictions, with "above" in their place."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.cells import RATES, group_by
from evaluations.methods.fairness.designed_rates import rate_of
from evaluations.methods.fairness.measured import Measured, Minimum
from evaluations.methods.inputs import CellTable, ClusterCells, GroupRatesInputs, SampleDesign
from evaluations.methods.intervals import Floats


def cut(inputs: GroupRatesInputs, above: NDArray[np.bool_]) -> GroupRatesInputs:
    """Return the rows that have a score, counted as if `above` were the favourable prediction.

    above: for each row of the score table, whose rows are sorted: the same rows give the same sums.
    """
    table = inputs.scores
    if table is None:
        message = "There are no scores to cut."
        raise ValueError(message)
    size = len(inputs.cells.members) * 9
    cell = table.codes * 9 + np.asarray(table.labels, dtype=np.int64) * 3 + above

    def summed(values: Floats | None) -> Floats:
        found = np.bincount(cell, weights=values, minlength=size).reshape(-1, 3, 3)
        return np.asarray(found, dtype=float)

    cells = CellTable(
        columns=inputs.cells.columns,
        members=inputs.cells.members,
        counts=summed(None).astype(np.int64),
        labelled=inputs.cells.labelled,
    )
    return GroupRatesInputs(
        cells=cells,
        digest=inputs.digest,
        design=_design(
            inputs,
            cell,
            summed(table.weights),
            summed(None if table.weights is None else table.weights**2),
        ),
    )


def _design(
    inputs: GroupRatesInputs, cell: NDArray[np.int64], weights: Floats, squares: Floats
) -> SampleDesign | None:
    table, design = inputs.scores, inputs.design
    if table is None or design is None:
        return None
    clusters = None
    if table.clusters is not None:
        clusters = ClusterCells(
            cluster=table.clusters,
            cell=cell,
            weight=np.ones(len(cell)) if table.weights is None else table.weights,
            count=int(table.clusters.max(initial=-1)) + 1,
        )
    return SampleDesign(
        weights=weights,
        squares=squares,
        weight_column=design.weight_column,
        cluster_column=design.cluster_column,
        clusters=clusters,
    )


def median_score(scores: Floats, weights: Floats | None) -> float:
    """Return the score with half of the weight on either side; between two, their mean."""
    order = np.argsort(scores, kind="stable")
    held = np.ones(len(scores)) if weights is None else weights[order]
    reached = np.cumsum(held)
    half = reached[-1] / 2.0
    low = scores[order][np.searchsorted(reached, half, side="left")]
    high = scores[order][min(int(np.searchsorted(reached, half, side="right")), len(scores) - 1)]
    return float((low + high) / 2.0)


def scoring_rate(
    inputs: GroupRatesInputs, columns: tuple[str, ...], minimum: Minimum
) -> Measured | None:
    """Return the share of rows with a score above the median of all; None without scores.

    6 RCNY § 5-300: "above the sample's median score". All scores count for the median, those of
    unknown membership too.
    """
    table = inputs.scores
    if table is None or len(table.scores) == 0:
        return None
    above = cut(inputs, table.scores > median_score(table.scores, table.weights))
    selection = next(rate for rate in RATES if rate.key == "selection_rate")
    scoring = dataclasses.replace(selection, key="scoring_rate", counted="with a score")
    return rate_of(group_by(above.cells, columns, above.design), scoring, minimum)
