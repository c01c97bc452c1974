"""Arithmetic on counted cells: membership by label and prediction, and the rates they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.denominators import COUNTED
from evaluations.methods.inputs import (
    NOT_RECORDED,
    CellTable,
    ClusterCells,
    Counts,
    SampleDesign,
    Weights,
)
from evaluations.methods.ordering import ordered

NEGATIVE, POSITIVE, MISSING = 0, 1, 2
"""Positions on the label and prediction axes of a cell table."""

_KNOWN = (NEGATIVE, POSITIVE)
_ANY = (NEGATIVE, POSITIVE, MISSING)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of rows: cells of the numerator and of the denominator, as (label, prediction).

    counted: what the denominator counts, in the words of `denominators.COUNTED`.
    """

    key: str
    numerator: tuple[tuple[int, int], ...]
    denominator: tuple[tuple[int, int], ...]
    counted: str
    needs_label: bool = True


def _grid(labels: tuple[int, ...], predictions: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((label, prediction) for label in labels for prediction in predictions)


_TN, _FP = (NEGATIVE, NEGATIVE), (NEGATIVE, POSITIVE)
_FN, _TP = (POSITIVE, NEGATIVE), (POSITIVE, POSITIVE)


def _rate(
    key: str,
    numerator: tuple[tuple[int, int], ...],
    denominator: tuple[tuple[int, int], ...],
    *,
    needs_label: bool = True,
) -> Rate:
    return Rate(key, numerator, denominator, COUNTED[key], needs_label)


RATES: tuple[Rate, ...] = (
    _rate("base_rate", _grid((POSITIVE,), _ANY), _grid(_KNOWN, _ANY)),
    _rate("selection_rate", _grid(_ANY, (POSITIVE,)), _grid(_ANY, _KNOWN), needs_label=False),
    _rate("true_positive_rate", (_TP,), (_TP, _FN)),
    _rate("false_positive_rate", (_FP,), (_FP, _TN)),
    _rate("true_negative_rate", (_TN,), (_FP, _TN)),
    _rate("false_negative_rate", (_FN,), (_TP, _FN)),
    _rate("precision", (_TP,), (_TP, _FP)),
    _rate("false_discovery_rate", (_FP,), (_TP, _FP)),
    _rate("false_omission_rate", (_FN,), (_TN, _FN)),
    _rate("negative_predictive_value", (_TN,), (_TN, _FN)),
    _rate("accuracy", (_TP, _TN), (_TP, _TN, _FP, _FN)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Weights summed to groups, shape (groups, 3, 3), and what each cluster holds of each cell.

    clusters: its cells are group × 9 + label × 3 + prediction, and one cluster may have several
    entries for one of them. None: rows are taken as independent.
    """

    weights: Weights
    squares: Weights
    clusters: ClusterCells | None = None


@dataclass(frozen=True, slots=True)
class Grouped:
    """Cells summed to the groups of some columns. counts: shape (groups, 3, 3), in rows."""

    columns: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]
    counts: Counts
    weighed: Weighed | None = None

    def group(self, index: int) -> Mapping[str, str]:
        """Return column → value of one group."""
        return dict(zip(self.columns, self.members[index], strict=True))

    @property
    def rows(self) -> NDArray[np.int64]:
        """Return the number of rows of each group."""
        return np.asarray(self.counts.sum(axis=(1, 2)), dtype=np.int64)

    @property
    def recorded(self) -> NDArray[np.bool_]:
        """Return for each group whether its membership is known in every column."""
        return np.array([NOT_RECORDED not in member for member in self.members], dtype=bool)


def group_by(
    cells: CellTable, columns: tuple[str, ...], design: SampleDesign | None = None
) -> Grouped:
    """Sum the cells to the groups of `columns`, bins rising, others by their values; () is the whole."""
    codes, members = membership(cells, columns)
    counts = np.zeros((len(members), 3, 3), dtype=np.int64)
    np.add.at(counts, codes, cells.counts)
    weighed = None if design is None else _weighed(design, codes, len(members))
    return Grouped(columns, members, counts, weighed)


def _weighed(design: SampleDesign, codes: NDArray[np.int64], groups: int) -> Weighed:
    weights, squares = np.zeros((groups, 3, 3)), np.zeros((groups, 3, 3))
    np.add.at(weights, codes, design.weights)
    np.add.at(squares, codes, design.squares)
    held = design.clusters
    if held is not None:
        held = replace(held, cell=codes[held.cell // 9] * 9 + held.cell % 9)
    return Weighed(weights=weights, squares=squares, clusters=held)


def membership(
    cells: CellTable, columns: tuple[str, ...]
) -> tuple[NDArray[np.int64], tuple[tuple[str, ...], ...]]:
    """Return for each member of the table the index of its group, and the groups."""
    places = [cells.columns.index(column) for column in columns]
    parts = [tuple(member[place] for place in places) for member in cells.members]
    members = ordered(parts) if columns else ((),)
    position = {member: index for index, member in enumerate(members)}
    return np.array([position[part] for part in parts], dtype=np.int64), members


def numerators(counts: Counts, rate: Rate) -> NDArray[np.int64]:
    """Return the rate's numerator in each group."""
    return _summed(counts, rate.numerator)


def denominators(counts: Counts, rate: Rate) -> NDArray[np.int64]:
    """Return the rate's denominator in each group."""
    return _summed(counts, rate.denominator)


def _summed(counts: Counts, places: tuple[tuple[int, int], ...]) -> NDArray[np.int64]:
    labels, predictions = zip(*places, strict=True)
    return np.asarray(counts[:, list(labels), list(predictions)].sum(axis=1), dtype=np.int64)
