"""What the denominator of each rate counts, in words; light, for pages that only show a verdict."""

from __future__ import annotations

from collections.abc import Mapping

POSITIVE_LABEL, NEGATIVE_LABEL = "with a positive label", "with a negative label"
LABELLED = "with a label"
_SELECTED, _DECLINED = "{outcome}", "not {outcome}"

COUNTED: Mapping[str, str] = {
    "base_rate": LABELLED,
    "selection_rate": "with a prediction",
    "true_positive_rate": POSITIVE_LABEL,
    "false_positive_rate": NEGATIVE_LABEL,
    "true_negative_rate": NEGATIVE_LABEL,
    "false_negative_rate": POSITIVE_LABEL,
    "precision": _SELECTED,
    "false_discovery_rate": _SELECTED,
    "false_omission_rate": _DECLINED,
    "negative_predictive_value": _DECLINED,
    "accuracy": "with a label and a prediction",
}
"""By rate, in words after a number: "26 with a positive label".

"{outcome}" stands for the favourable prediction in the reader's words: "26 approved".
"""
_WITHOUT_WORD = {
    _SELECTED: "with a favourable prediction",
    _DECLINED: "with an unfavourable prediction",
}


def counted(rate: str) -> str:
    """Return what a rate counts where nobody named the favourable prediction; "" if it is none."""
    words = COUNTED.get(rate, "")
    return _WITHOUT_WORD.get(words, words)
