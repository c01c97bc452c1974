"""Mean score beside the share of positives in each group, with a test of calibration."""

from __future__ import annotations

from scipy.special import ndtr

from evaluations.methods.cells import Grouped
from evaluations.methods.fairness.designed_scores import Rows, robust_z, split
from evaluations.methods.fairness.measured import Ints
from evaluations.methods.fairness.scores import spiegelhalter
from evaluations.methods.inputs import ScoreTable
from evaluations.methods.results import Scalar, Table

_NOTE = (
    "Spiegelhalter's test: under calibration z is normal with mean 0 and deviation 1. Not adjusted "
    "for the number of groups; no verdict rests on it."
)


def calibration_table(table: ScoreTable, grouped: Grouped, group_of: Ints, minimum: int) -> Table:
    """Return mean score, share of positives and the test for each large enough group.

    table: labelled rows only. With weights or clusters the means are weighted, and the spread of z
    is that of the clusters.
    """
    rows: list[tuple[Scalar, ...]] = []
    inside = bool(((table.scores >= 0.0) & (table.scores <= 1.0)).all())
    designed = table.weights is not None or table.clusters is not None
    for place, part in enumerate(split(table, group_of, len(grouped.members))):
        if len(part.scores) < minimum or not inside:
            continue
        z = robust_z(part) if designed else spiegelhalter(part.scores, part.labels)
        p = None if z is None else float(2.0 * ndtr(-abs(z)))
        rows.append((*grouped.members[place], len(part.scores), *_means(part), z, p))
    return Table(
        key=f"calibration_{'_'.join(grouped.columns)}",
        title=f"Calibration by {' and '.join(grouped.columns)}",
        columns=(*grouped.columns, "rows", "mean score", "positive", "z", "p"),
        rows=tuple(rows),
        note=_NOTE + (" Its spread is taken over clusters or weighted rows." if designed else ""),
    )


def _means(part: Rows) -> tuple[float, float]:
    weights = part.weights / part.total
    return float((weights * part.scores).sum()), float((weights * part.labels).sum())
