"""How many rows each group has, with which labels: all that is known of data before a run.

Predictions are counted over all rows together and never beside a group or a label, so that nobody
who plans a check sees a piece of its result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from evaluations.methods.cells import MISSING, NEGATIVE, POSITIVE, group_by
from evaluations.methods.inputs import NOT_RECORDED, CellTable

SCHEMA = "rai-sizes/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Rows of a group by label; all of them in `unknown` where the data has no labels."""

    group: str
    positive: int
    negative: int
    unknown: int

    @property
    def rows(self) -> int:
        """Rows of the group."""
        return self.positive + self.negative + self.unknown

    @property
    def labelled(self) -> int:
        """Rows with a label."""
        return self.positive + self.negative


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Counts of a dataset.

    whole: all rows by label. favourable, unfavourable: rows by prediction. columns: the recorded
    groups of each group column, by name.
    """

    whole: Labels
    favourable: int
    unfavourable: int
    columns: Mapping[str, tuple[Labels, ...]]

    def as_json(self) -> dict[str, Any]:
        """Return plain values for storage."""
        return {
            "schema": SCHEMA,
            "whole": asdict(self.whole),
            "favourable": self.favourable,
            "unfavourable": self.unfavourable,
            "columns": {
                name: [asdict(group) for group in groups] for name, groups in self.columns.items()
            },
        }


def sizes_from_cells(cells: CellTable) -> Sizes:
    """Return the margins of counted cells; what stands beside a prediction is added up."""
    predictions = np.asarray(cells.counts.sum(axis=(0, 1)))
    return Sizes(
        whole=_labels("", cells.counts.sum(axis=0)),
        favourable=int(predictions[POSITIVE]),
        unfavourable=int(predictions[NEGATIVE]),
        columns={column: _groups(cells, column) for column in cells.columns},
    )


def joined(parts: Sequence[Sizes]) -> Sizes:
    """Return the sizes of one dataset, counted column by column, as one."""
    columns = {name: groups for part in parts for name, groups in part.columns.items()}
    return replace(parts[0], columns=columns)


def _groups(cells: CellTable, column: str) -> tuple[Labels, ...]:
    grouped = group_by(cells, (column,))
    return tuple(
        _labels(member[0], counts)
        for member, counts in zip(grouped.members, grouped.counts, strict=True)
        if member[0] != NOT_RECORDED
    )


def _labels(group: str, counts: Any) -> Labels:
    by_label = np.asarray(counts).sum(axis=1)
    return Labels(
        group=group,
        positive=int(by_label[POSITIVE]),
        negative=int(by_label[NEGATIVE]),
        unknown=int(by_label[MISSING]),
    )


def sizes_from_json(record: Mapping[str, Any]) -> Sizes:
    """Rebuild stored sizes; the inverse of `as_json`. ValueError for another schema."""
    if record.get("schema") != SCHEMA:
        message = f"These are no sizes of {SCHEMA}."
        raise ValueError(message)
    return Sizes(
        whole=Labels(**record["whole"]),
        favourable=record["favourable"],
        unfavourable=record["unfavourable"],
        columns={
            name: tuple(Labels(**group) for group in groups)
            for name, groups in record["columns"].items()
        },
    )
