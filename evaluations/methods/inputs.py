"""What a method is given: roles of columns, a request to evaluate, and counted cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOT_RECORDED = "not recorded"
"""The value shown for rows whose membership of a group is missing."""

type Counts = NDArray[np.int64]
type Weights = NDArray[np.float64]
type Progress = Callable[[str, int, int], None]
"""Called with the stage in plain words, the steps done and the steps in all."""


class BadInput(ValueError):
    """The data or the parameters cannot be used; the message is a sentence for a person.

    option: what mends it on the command line. Pages have forms instead, and never show it.
    """

    def __init__(self, message: str, *, option: str = "") -> None:
        super().__init__(message)
        self.option = option


def silent(stage: str, done: int, total: int) -> None:
    """Report progress to nobody: the default where nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRoles:
    """Which column plays which part. None or empty: the data has no such column."""

    label: str | None = None
    """What happened, or what was right: two values."""
    prediction: str | None = None
    """What the system decided: two values."""
    score: str | None = None
    """The system's score for the positive label."""
    features: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """Columns that say to which groups a row belongs."""
    edges: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(group column of numbers, edges of its bins, rising), as `registry.reading.bins` takes."""
    weight: str | None = None
    """How many people of the population a row stands for: a number above 0."""
    cluster: str | None = None
    """Rows with the same value belong to the same person or place."""

    def named(self) -> tuple[str, ...]:
        """Return every column that has a part, without repeats, in the order of the fields."""
        single = (self.label, self.prediction, self.score, self.weight, self.cluster)
        present = [name for name in single if name is not None]
        return tuple(dict.fromkeys([*present, *self.features, *self.groups]))


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """Everything that one run of any method needs; the same for command, worker and test.

    favourable: the prediction that is good for the person. positive_label: the label counted as
    positive. Both are compared with the text of the data, so that "1", 1, 1.0 and true are one.
    """

    data_path: Path
    roles: ColumnRoles
    model_path: Path | None = None
    favourable: str = "1"
    positive_label: str = "1"
    parameters: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    seed: int = 0
    scratch_dir: Path | None = None
    """Where a method may spill to disk; None: a temporary directory of its own."""
    progress: Progress = silent


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTable:
    """Rows counted by membership, label and prediction: all that confusion rates depend on.

    columns: the group columns. members: one tuple for each combination that occurs, a text for
    each column, NOT_RECORDED where it is missing. counts: shape (members, 3, 3): label by
    prediction, each in the order negative (or unfavourable), positive (or favourable), missing.
    """

    columns: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]
    counts: Counts
    labelled: bool
    """Whether the data has a label column at all."""

    def __post_init__(self) -> None:
        """Refuse shapes that would be read wrongly."""
        if self.counts.shape != (len(self.members), 3, 3):
            message = f"Counts of shape {self.counts.shape} do not fit {len(self.members)} members."
            raise ValueError(message)
        if any(len(member) != len(self.columns) for member in self.members):
            message = "Every member needs one value for each group column."
            raise ValueError(message)

    @property
    def rows(self) -> int:
        """Return the number of rows counted."""
        return int(self.counts.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterCells:
    """What each cluster (person, place) holds of each cell: one entry for each pair that occurs.

    cluster: from 0, rising. cell: member × 9 + label × 3 + prediction. weight: summed over the
    cluster's rows in that cell. count: how many clusters there are.
    """

    cluster: Counts
    cell: Counts
    weight: Weights
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDesign:
    """How rows were drawn, where they are not independent and of equal weight.

    weights, squares: shape (members, 3, 3), sums of the rows' weights and of their squares.
    left_out: rows that could not be used, by why: what they lack and how many they are.
    """

    weights: Weights
    squares: Weights
    weight_column: str | None
    cluster_column: str | None
    clusters: ClusterCells | None = None
    left_out: tuple[tuple[str, str, int], ...] = ()
    """(column, reason, rows)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable:
    """Scores with their labels and membership, for metrics that cells cannot give.

    labels: position on a cell table's axis (0 negative, 1 positive, 2 missing). codes: for each row
    the index in `members` of the cell table that it came with. weights and clusters: of each row,
    where there are such columns.
    """

    scores: Weights
    labels: NDArray[np.int8] | NDArray[np.bool_]
    codes: Counts
    left_out: int
    """Rows without a score or without a label."""
    weights: Weights | None = None
    clusters: Counts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRatesInputs:
    """What `fairness.group_rates` computes from. digest: SHA-256 of the data's bytes."""

    cells: CellTable
    digest: str
    scores: ScoreTable | None = None
    design: SampleDesign | None = None
