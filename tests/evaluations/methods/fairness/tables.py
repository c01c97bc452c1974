"""Small tables of cells for the tests of group rates."""

import numpy as np

from evaluations.methods.fairness.group_rates import compute
from evaluations.methods.fairness.spec import GroupRatesParameters
from evaluations.methods.inputs import CellTable, GroupRatesInputs
from evaluations.methods.results import Estimate


def cells(groups, *, columns=("race",), labelled=True):
    """Build a table from group → (tn, fp, fn, tp); a key is a text or a tuple of texts."""
    members = tuple(key if isinstance(key, tuple) else (key,) for key in groups)
    counts = np.zeros((len(members), 3, 3), dtype=np.int64)
    for place, (tn, fp, fn, tp) in enumerate(groups.values()):
        counts[place, :2, :2] = [[tn, fp], [fn, tp]]
    if not labelled:
        merged = counts.sum(axis=1)
        counts = np.zeros_like(counts)
        counts[:, 2, :] = merged
    return CellTable(columns=columns, members=members, counts=counts, labelled=labelled)


def selected(groups, **given):
    """Build a table without labels from group → (selected, rows)."""
    return cells({g: (n - x, x, 0, 0) for g, (x, n) in groups.items()}, labelled=False, **given)


def report_of(table, *, seed=0, scores=None, **parameters):
    inputs = GroupRatesInputs(cells=table, digest="0" * 64, scores=scores)
    return compute(inputs, GroupRatesParameters(**parameters), seed=seed)


def outcome(report, metric, group=None, by=None):
    """Return the one outcome of a metric."""
    found = [
        item.outcome
        for item in report.metrics
        if item.metric == metric
        and (None if item.group is None else dict(item.group)) == group
        and (by is None or item.by == by)
    ]
    assert len(found) == 1, f"{len(found)} results for {metric} {group} {by}"
    return found[0]


def estimate(report, metric, group=None, by=None):
    """Return the one estimate of a metric."""
    found = outcome(report, metric, group, by)
    assert isinstance(found, Estimate), found
    return found


def value(report, metric, group=None, by=None):
    return estimate(report, metric, group, by).value
