"""Rows of made people as what group rates compute from, with weights and clusters."""

import numpy as np

from evaluations.methods.fairness.group_rates import compute
from evaluations.methods.fairness.spec import GroupRatesParameters
from evaluations.methods.inputs import (
    CellTable,
    ClusterCells,
    GroupRatesInputs,
    SampleDesign,
    ScoreTable,
)


def inputs_of(group, label, prediction, *, weight=None, cluster=None, score=None):
    """Count rows; label and prediction are 0, 1 or 2 (missing). label None: no labels."""
    names, code = np.unique(np.asarray(group, dtype=str), return_inverse=True)
    labels = np.full(len(code), 2) if label is None else np.asarray(label, dtype=int)
    cell = code * 9 + labels * 3 + np.asarray(prediction, dtype=int)
    size = len(names) * 9

    def summed(values):
        return np.bincount(cell, weights=values, minlength=size).reshape(-1, 3, 3)

    weights = np.ones(len(code)) if weight is None else np.asarray(weight, dtype=float)
    clusters = None
    if cluster is not None:
        _, cluster = np.unique(cluster, return_inverse=True)
        both, place = np.unique(cluster * size + cell, return_inverse=True)
        clusters = ClusterCells(
            cluster=both // size,
            cell=both % size,
            weight=np.bincount(place, weights=weights),
            count=int(cluster.max()) + 1,
        )
    design = None
    if weight is not None or cluster is not None:
        design = SampleDesign(
            weights=summed(weights),
            squares=summed(weights**2),
            weight_column=None if weight is None else "weight",
            cluster_column=None if cluster is None else "place",
            clusters=clusters,
        )
    scores = None
    if score is not None:
        score = np.asarray(score, dtype=float)
        more = [part for part in (cluster, weights) if part is not None]
        order = np.lexsort((*more, labels, score, code))
        scores = ScoreTable(
            scores=score[order],
            labels=labels.astype(np.int8)[order],
            codes=code[order],
            left_out=0,
            weights=None if weight is None else weights[order],
            clusters=None if cluster is None else cluster[order],
        )
    cells = CellTable(
        columns=("race",),
        members=tuple((str(name),) for name in names),
        counts=summed(np.ones(len(code))).astype(np.int64),
        labelled=label is not None,
    )
    return GroupRatesInputs(cells=cells, digest="0" * 64, scores=scores, design=design)


def report_on(*rows, seed=0, parameters=None, **given):
    """Compute the report of rows."""
    return compute(inputs_of(*rows, **given), GroupRatesParameters(**(parameters or {})), seed=seed)
