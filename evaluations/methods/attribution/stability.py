"""Whether similar rows are explained alike, and whether another background would tell the same."""

from __future__ import annotations

import numpy as np

from evaluations.methods.attribution.explained import Explained, Floats
from evaluations.methods.attribution.statistics import Interval, cosines, mean
from evaluations.methods.results import Estimate, Metric, NotEstimable, Outcome

NEIGHBOURS = 5
ROWS_COMPARED = 300
LIMIT = 0.8
_FEWEST = 2


def stability_metrics(explained: Explained) -> tuple[Metric, ...]:
    """Return both similarities; the one of backgrounds only for the interventional game."""
    neighbours = Metric(
        metric="neighbour_similarity", group=None, outcome=_neighbour_outcome(explained)
    )
    if explained.parameters.game != "interventional":
        return (neighbours,)
    compared = len(explained.again)
    outcome: Outcome = NotEstimable(reason="fewer than two rows were compared", n=compared)
    if compared >= _FEWEST:
        sample = cosines(explained.values[:compared], explained.again)
        outcome = _estimate(mean(sample, explained.parameters.level), compared, explained)
    return neighbours, Metric(metric="background_similarity", group=None, outcome=outcome)


def _estimate(found: Interval, n: int, explained: Explained) -> Estimate:
    return Estimate(
        value=found.value,
        low=max(found.low, -1.0),
        high=min(found.high, 1.0),
        level=explained.parameters.level,
        n=n,
        interval="t",
    )


def _neighbour_outcome(explained: Explained) -> Outcome:
    if explained.rows <= NEIGHBOURS:
        return NotEstimable(reason=f"fewer than {NEIGHBOURS + 1} rows", n=explained.rows)
    rng = np.random.default_rng([explained.seed, 5])
    chosen = np.sort(rng.permutation(explained.rows)[:ROWS_COMPARED])
    sample = _similarities(explained, chosen)
    return _estimate(mean(sample, explained.parameters.level), len(sample), explained)


def _similarities(explained: Explained, chosen: np.typing.NDArray[np.intp]) -> Floats:
    """Mean cosine of each chosen row's attributions with those of its nearest other rows."""
    places = standardised(explained.inputs)
    found = np.empty(len(chosen), dtype=np.float64)
    for index, row in enumerate(chosen):
        distances = ((places - places[row]) ** 2).sum(axis=1)
        distances[row] = np.inf
        nearest = np.argsort(distances, kind="stable")[:NEIGHBOURS]
        own = np.repeat(explained.values[row][None, :], NEIGHBOURS, axis=0)
        found[index] = cosines(own, explained.values[nearest]).mean()
    return found


def standardised(inputs: Floats) -> Floats:
    """Each feature with mean 0 and standard deviation 1; missing values stand at the mean."""
    known = ~np.isnan(inputs)
    counts = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, inputs, 0.0)
    means = filled.sum(axis=0) / counts
    centred = np.where(known, inputs - means, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / counts)
    return np.asarray(centred / np.where(spread > 0, spread, 1.0), dtype=np.float64)
