"""From a file to what `fairness.group_rates` computes with: one GROUP BY, and scores if asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evaluations.methods.cells import MISSING
from evaluations.methods.inputs import (
    NOT_RECORDED,
    BadInput,
    CellTable,
    ColumnRoles,
    GroupRatesInputs,
    SampleDesign,
)
from evaluations.sources.binned import binned
from evaluations.sources.files import DataFile, OpenFile, inspect, opened
from evaluations.sources.outcome_values import axis_of
from evaluations.sources.scored_rows import read_scores, row_parts
from evaluations.sources.weighted_rows import WEIGHT, Usable, cluster_cells, usable_rows
from registry.reading.tabular import NO_ROWS
from registry.reading.values import quoted, text_sql

MOST_VALUES = 200
"""Different values that a group column may have: beyond, it is an identifier or a measurement."""
MOST_CELLS = 200_000


@dataclass(frozen=True, slots=True)
class _Counted:
    """Counted cells, and the raw values that led to each: member, label and prediction.

    weights, squares: sums over the rows of each cell, in units of the weights' scale.
    """

    cells: CellTable
    keys: dict[tuple[object, ...], tuple[int, int, int]]
    weights: NDArray[np.float64]
    squares: NDArray[np.float64]


def read_inputs(
    path: Path,
    roles: ColumnRoles,
    *,
    favourable: str = "1",
    positive_label: str = "1",
    scratch_dir: Path | None = None,
) -> GroupRatesInputs:
    """Check the file, count its cells and read its scores if the roles name a score column.

    Raises BadInput with a sentence for whatever cannot be counted.
    """
    return read_checked(
        inspect(path),
        roles,
        favourable=favourable,
        positive_label=positive_label,
        scratch_dir=scratch_dir,
    )


def read_checked(
    file: DataFile,
    roles: ColumnRoles,
    *,
    favourable: str = "1",
    positive_label: str = "1",
    scratch_dir: Path | None = None,
) -> GroupRatesInputs:
    """Count a file that was inspected already."""
    _check_roles(roles)
    extra = [name for name in (roles.score, roles.weight, roles.cluster) if name is not None]
    file.require([*_counted(roles), *extra])
    weighed = roles.weight is not None or roles.cluster is not None
    with opened(file, scratch_dir) as source:
        usable = usable_rows(source, roles) if weighed else None
        rows = binned(source if usable is None else usable.source, roles)
        counted = _count(
            rows, roles, favourable=favourable, positive_label=positive_label, weighed=weighed
        )
        needed = roles.score is not None or roles.cluster is not None
        joined = _joined(rows, roles, counted, weighed=weighed) if needed else ""
        scores = None
        if roles.score is not None:
            scores = read_scores(
                rows,
                joined,
                roles.score,
                scale=None if usable is None else usable.scale,
                clustered=roles.cluster is not None,
                labelled=roles.label is not None,
            )
        design = None if usable is None else _design(usable, roles, counted, joined)
    return GroupRatesInputs(cells=counted.cells, digest=file.digest, scores=scores, design=design)


def _design(usable: Usable, roles: ColumnRoles, counted: _Counted, joined: str) -> SampleDesign:
    clustered = roles.cluster is not None
    return SampleDesign(
        weights=counted.weights * usable.scale,
        squares=counted.squares * usable.scale**2,
        weight_column=roles.weight,
        cluster_column=roles.cluster,
        clusters=cluster_cells(usable.source, joined, usable.scale) if clustered else None,
        left_out=usable.left_out,
    )


def _check_roles(roles: ColumnRoles) -> None:
    if roles.prediction is None:
        message = "Group rates need a prediction column: name the one that holds the decision."
        raise BadInput(message)
    if not roles.groups:
        message = "Group rates need at least one group column, such as race or sex."
        raise BadInput(message)
    if len(set(roles.groups)) < len(roles.groups):
        message = "A group column is named twice; name each once."
        raise BadInput(message)
    for column in roles.groups:
        if column in (roles.label, roles.prediction, roles.score):
            message = f"The column {column!r} cannot be a group and the outcome at once."
            raise BadInput(message)
    _check_design(roles)


def _check_design(roles: ColumnRoles) -> None:
    outcome = (roles.label, roles.prediction, roles.score)
    if roles.weight is not None and roles.weight in (*outcome, *roles.groups, roles.cluster):
        message = f"The column {roles.weight!r} cannot be a weight and something else at once."
        raise BadInput(message)
    if roles.cluster is not None and roles.cluster in outcome:
        message = f"The column {roles.cluster!r} cannot be a cluster and the outcome at once."
        raise BadInput(message)


def _counted(roles: ColumnRoles) -> list[str]:
    """Return the columns to count by: groups, then the label if there is one, then prediction."""
    label = [roles.label] if roles.label is not None else []
    return [*roles.groups, *label, str(roles.prediction)]


def _count(
    source: OpenFile, roles: ColumnRoles, *, favourable: str, positive_label: str, weighed: bool
) -> _Counted:
    found = _grouped(source, _counted(roles), weighed=weighed)
    if not found:
        message = (
            "No row has a weight above 0 and a cluster, so none could be counted."
            if weighed
            else NO_ROWS
        )
        raise BadInput(message)
    width, last = len(roles.groups), len(_counted(roles)) - 1
    predictions = axis_of(
        str(roles.prediction), "prediction", (row[last] for row in found), favourable
    )
    labels: Mapping[object, int] = {}
    if roles.label is not None:
        labels = axis_of(roles.label, "label", (row[width] for row in found), positive_label)
    places: dict[tuple[str, ...], int] = {}
    keys: dict[tuple[object, ...], tuple[int, int, int]] = {}
    for row in found:
        member = tuple(_member(value) for value in row[:width])
        place = places.setdefault(member, len(places))
        label = labels[row[width]] if roles.label is not None else MISSING
        keys[row[: last + 1]] = (place, label, predictions[row[last]])
    for place, column in enumerate(roles.groups):
        _check_values(column, {member[place] for member in places})
    summed = [_summed(found, keys, len(places), (last + 1, column)) for column in range(3)]
    cells = CellTable(
        columns=roles.groups,
        members=tuple(places),
        counts=summed[0].astype(np.int64),
        labelled=roles.label is not None,
    )
    return _Counted(cells, keys, summed[1], summed[2])


def _summed(
    found: list[tuple[object, ...]],
    keys: dict[tuple[object, ...], tuple[int, int, int]],
    members: int,
    place: tuple[int, int],
) -> NDArray[np.float64]:
    """Sum one counted column over the rows of each cell; whole numbers, so that order is nothing.

    place: how many values make the key of a row, and the place of the column after them.
    """
    width, column = place
    table = np.zeros((members, 3, 3))
    if width + column >= len(found[0]):
        return table
    totals: dict[tuple[int, int, int], int] = {}
    for row in found:
        cell = keys[row[:width]]
        totals[cell] = totals.get(cell, 0) + int(str(row[width + column]))
    for cell, total in totals.items():
        table[cell] = total
    return table


def _grouped(source: OpenFile, columns: list[str], *, weighed: bool) -> list[tuple[object, ...]]:
    """Return one row per combination that occurs: the values as text or None, and the count.

    Weighed: also the sums of the weights and of their squares, whole numbers.
    """
    raw = ", ".join(f"{quoted(name)} AS c{place}" for place, name in enumerate(columns))
    # Read as text after counting: that is a few thousand values instead of a file of them.
    texts = ", ".join(text_sql(f"c{place}") for place in range(len(columns)))
    sums = f", sum({WEIGHT}) AS w, sum(CAST({WEIGHT} AS HUGEINT) * {WEIGHT}) AS q"
    found = source.rows(
        f"SELECT {texts}, n{', w, q' if weighed else ''} FROM (SELECT {raw}, count(*) AS n"  # noqa: S608 - quoted
        f"{sums if weighed else ''} FROM {source.relation} GROUP BY ALL LIMIT {MOST_CELLS + 1})"
    )
    if len(found) > MOST_CELLS:
        _refuse_widest(source, columns)
    # An engine with several threads yields groups in any order; sums of floats must not follow it.
    return sorted(found, key=lambda row: [(text is not None, text) for text in row[: len(columns)]])


def _refuse_widest(source: OpenFile, columns: list[str]) -> None:
    parts = ", ".join(f"approx_count_distinct({quoted(name)})" for name in columns)
    sizes = source.rows(f"SELECT {parts} FROM {source.relation}")[0]  # noqa: S608 - quoted
    size, name = max((int(str(size)), name) for size, name in zip(sizes, columns, strict=True))
    message = (
        f"The column {name!r} holds about {size:,} different values, too many to count by. "
        "Use a column with few values, or give a column of numbers edges."
    )
    raise BadInput(message)


def _check_values(column: str, values: set[str]) -> None:
    if len(values) > MOST_VALUES:
        message = (
            f"The group column {column!r} holds {len(values):,} different values; at most "
            f"{MOST_VALUES} can be compared. Give a column of numbers edges, or choose another column."
        )
        raise BadInput(message)


def _member(value: object) -> str:
    return NOT_RECORDED if value is None else str(value)


def _joined(source: OpenFile, roles: ColumnRoles, counted: _Counted, *, weighed: bool) -> str:
    """Return SQL that yields code, label, prediction and cell of every row, with what it carries."""
    columns = _counted(roles)
    keys = {
        f"k{i}": pa.array([key[i] for key in counted.keys], pa.string())
        for i in range(len(columns))
    }
    code, label, prediction = np.array(list(counted.keys.values()), dtype=np.int64).T
    places = {"code": code, "label": label, "cell": code * 9 + label * 3 + prediction}
    source.connection.register("keyed", pa.table(keys | places))
    texts = ", ".join(f"{text_sql(quoted(name))} AS c{i}" for i, name in enumerate(columns))
    on = " AND ".join(f"c{i} IS NOT DISTINCT FROM k{i}" for i in range(len(columns)))
    return (
        f"SELECT * FROM (SELECT {texts}{row_parts(weighed=weighed, score=roles.score)} "  # noqa: S608 - quoted
        f"FROM {source.relation}) JOIN keyed ON {on}"
    )
