"""Which group the others are compared with: chosen after small groups were excluded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.cells import Grouped
from evaluations.methods.fairness.measured import Measured

HIGHEST_RATE = frozenset({"selection_rate", "scoring_rate"})
"""Metrics whose source takes the group with the highest rate (29 CFR 1607.4(D); 6 RCNY § 5-301)."""


def references(
    metrics: list[Measured], grouped: Grouped, compared: NDArray[np.bool_], *, named: str
) -> dict[str, int | None]:
    """Return for each metric the place of its reference group; None if no group can be it.

    A named group is taken as it is, even if it turns out too small: then nothing is compared with
    it. Ties go to the larger group, then to the first by name.
    """
    by_name = [place for place, member in enumerate(grouped.members) if named in member]
    if named and by_name:
        return {metric.key: by_name[0] for metric in metrics}
    return {metric.key: _chosen(metric, grouped, compared) for metric in metrics}


def _chosen(metric: Measured, grouped: Grouped, compared: NDArray[np.bool_]) -> int | None:
    places = [int(place) for place in np.flatnonzero(compared & metric.estimable)]
    if not places:
        return None
    if metric.key in HIGHEST_RATE:
        return min(places, key=lambda p: (-metric.values[p], -grouped.rows[p], grouped.members[p]))
    return min(places, key=lambda p: (-grouped.rows[p], grouped.members[p]))
