"""What to expect of rates and denominators from margins alone, before any result is seen.

Selection rate and base rate are margins themselves. Every other rate needs the number of rows in
which both label and prediction are positive, which nobody may look at: it is taken halfway between
what chance gives (base rate × selection rate) and the most that the margins allow (the smaller of
the two).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluations.methods.sizes import Labels, Sizes


@dataclass(frozen=True, slots=True)
class Margins:
    """Shares of all rows: base rate, selection rate, both together, and with a prediction."""

    base: float
    selected: float
    both: float
    predicted: float


def margins(sizes: Sizes) -> Margins:
    """Return the margins; 0 where nothing was counted."""
    labelled, decided = sizes.whole.labelled, sizes.favourable + sizes.unfavourable
    base = sizes.whole.positive / labelled if labelled else 0.0
    selected = sizes.favourable / decided if decided else 0.0
    both = (base * selected + min(base, selected)) / 2.0
    return Margins(base, selected, both, decided / sizes.whole.rows if sizes.whole.rows else 0.0)


type Count = Callable[[Labels, Margins], float]


@dataclass(frozen=True, slots=True)
class Expected:
    """One rate: what it should be, and the rows it counts in a group.

    known: the rate is a margin, not assumed.
    """

    rate: Callable[[Margins], float]
    counted: Count
    known: bool = False


def _part(
    top: Callable[[Margins], float], bottom: Callable[[Margins], float]
) -> Callable[[Margins], float]:
    def rate(at: Margins) -> float:
        whole = bottom(at)
        return min(max(top(at) / whole, 0.0), 1.0) if whole > 0.0 else 0.0

    return rate


def _positives(group: Labels, at: Margins) -> float:
    return group.positive * at.predicted


def _negatives(group: Labels, at: Margins) -> float:
    return group.negative * at.predicted


def _selected(group: Labels, at: Margins) -> float:
    return group.labelled * at.predicted * at.selected


def _declined(group: Labels, at: Margins) -> float:
    return group.labelled * at.predicted * (1.0 - at.selected)


def _base(at: Margins) -> float:
    return at.base


def _favoured(at: Margins) -> float:
    return at.selected


def _both(at: Margins) -> float:
    return at.both


def _missed(at: Margins) -> float:
    return at.base - at.both


def _wrongly(at: Margins) -> float:
    return at.selected - at.both


def _neither(at: Margins) -> float:
    return 1.0 - at.base - at.selected + at.both


def _not_base(at: Margins) -> float:
    return 1.0 - at.base


def _not_favoured(at: Margins) -> float:
    return 1.0 - at.selected


RATES: Mapping[str, Expected] = {
    "base_rate": Expected(_base, lambda group, at: group.labelled, known=True),
    "selection_rate": Expected(_favoured, lambda group, at: group.rows * at.predicted, known=True),
    "true_positive_rate": Expected(_part(_both, _base), _positives),
    "false_negative_rate": Expected(_part(_missed, _base), _positives),
    "false_positive_rate": Expected(_part(_wrongly, _not_base), _negatives),
    "true_negative_rate": Expected(_part(_neither, _not_base), _negatives),
    "precision": Expected(_part(_both, _favoured), _selected),
    "false_discovery_rate": Expected(_part(_wrongly, _favoured), _selected),
    "false_omission_rate": Expected(_part(_missed, _not_favoured), _declined),
    "negative_predictive_value": Expected(_part(_neither, _not_favoured), _declined),
    "accuracy": Expected(
        lambda at: at.both + _neither(at), lambda group, at: group.labelled * at.predicted
    ),
}
"""The same rates as `cells.RATES`, by key."""
