"""Sentences call a metric what the catalogue calls it, never by its key."""

from __future__ import annotations

import pytest

from evaluations.methods import catalogue
from evaluations.methods.limits import Limit, title_of, words_of

KEYS = sorted({(metric.key, metric.title) for spec in catalogue.all_methods()
               for metric in spec.metrics})  # fmt: skip


@pytest.mark.parametrize(
    ("key", "title"), [pair for pair in KEYS if "worst" not in pair[0]], ids=lambda text: text
)
def test_a_metric_is_named_as_in_the_catalogue(key: str, title: str) -> None:
    assert words_of(key).lower() == title.replace(",", "").lower()


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (Limit(metric="additivity_max_error", direction="at_most", threshold=1e-4),
         "largest additivity error"),
        (Limit(metric="mean_attribution_difference", direction="estimable", by=("race",)),
         "difference of mean attribution by race"),
        (Limit(metric="auc_worst_difference", direction="at_most", threshold=0.1, by=("sex",)),
         "worst gap in AUC by sex"),
        (Limit(metric="brier_worst_difference", direction="at_most", threshold=0.1, by=("sex",)),
         "worst gap in Brier score by sex"),
    ],
)  # fmt: skip
def test_a_limit_is_told_in_words(limit: Limit, told: str) -> None:
    assert title_of(limit) == told
