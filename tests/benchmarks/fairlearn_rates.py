"""The eight rates by fairlearn, on rows and on weighted cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_negative_rate,
    true_positive_rate,
)
from sklearn.metrics import accuracy_score, f1_score, precision_score

RATES = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "true_negative_rate": true_negative_rate,
    "false_negative_rate": false_negative_rate,
    "precision": precision_score,
    "accuracy": accuracy_score,
    "f1": f1_score,
}


def by_group(
    labels: Any, predictions: Any, groups: Sequence[str], weights: Any = None
) -> dict[tuple[str, str], float]:
    """Return (metric, group) → rate."""
    given = {} if weights is None else {name: {"sample_weight": weights} for name in RATES}
    frame = MetricFrame(
        metrics=RATES,
        y_true=labels,
        y_pred=predictions,
        sensitive_features=np.asarray(groups),
        sample_params=given or None,
    ).by_group
    return {
        (name, str(group)): float(frame[name][group]) for name in RATES for group in frame.index
    }
