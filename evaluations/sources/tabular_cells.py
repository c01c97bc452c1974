"""From a file to what `fairness.group_rates` computes with: one GROUP BY, and scores if asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from evaluations.methods.cells import MISSING, POSITIVE
from evaluations.methods.inputs import (
    NOT_RECORDED,
    BadInput,
    CellTable,
    ColumnRoles,
    GroupRatesInputs,
    ScoreTable,
)
from evaluations.sources.files import DataFile, OpenFile, inspect, opened
from evaluations.sources.outcome_values import axis_of
from registry.reading.values import quoted, text_sql

MOST_VALUES = 200
"""Different values that a group column may have: beyond, it is an identifier or a measurement."""
MOST_CELLS = 200_000


@dataclass(frozen=True, slots=True)
class _Counted:
    """Counted cells, and the raw values of groups and label that led to each member."""

    cells: CellTable
    keys: dict[tuple[object, ...], tuple[int, int]]


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
    file.require([*_counted(roles), *([roles.score] if roles.score else [])])
    with opened(file, scratch_dir) as source:
        counted = _count(source, roles, favourable=favourable, positive_label=positive_label)
        scores = None if roles.score is None else _scores(source, roles, counted)
    return GroupRatesInputs(cells=counted.cells, digest=file.digest, scores=scores)


def _check_roles(roles: ColumnRoles) -> None:
    if roles.prediction is None:
        message = "Group rates need a prediction column: name the one that holds the decision."
        raise BadInput(message)
    if not roles.groups:
        message = "Group rates need at least one group column, such as race or sex."
        raise BadInput(message)
    if roles.score is not None and roles.label is None:
        message = "A score can only be judged against a label: name the label column too."
        raise BadInput(message)
    _check_unsupported(roles)
    if len(set(roles.groups)) < len(roles.groups):
        message = "A group column is named twice; name each once."
        raise BadInput(message)
    for column in roles.groups:
        if column in (roles.label, roles.prediction, roles.score):
            message = f"The column {column!r} cannot be a group and the outcome at once."
            raise BadInput(message)


def _check_unsupported(roles: ColumnRoles) -> None:
    for role, column in (("weight", roles.weight), ("cluster", roles.cluster)):
        if column is not None:
            message = (
                f"The {role} column {column!r} was refused: this version of group rates counts "
                f"every row once and as independent, and would ignore it. Leave it out to go on."
            )
            raise BadInput(message)


def _counted(roles: ColumnRoles) -> list[str]:
    """Return the columns to count by: groups, then the label if there is one, then prediction."""
    label = [roles.label] if roles.label is not None else []
    return [*roles.groups, *label, str(roles.prediction)]


def _count(
    source: OpenFile, roles: ColumnRoles, *, favourable: str, positive_label: str
) -> _Counted:
    found = _grouped(source, _counted(roles))
    if not found:
        message = "The file has a header but no rows."
        raise BadInput(message)
    width = len(roles.groups)
    predictions = axis_of(
        str(roles.prediction), "prediction", (row[-2] for row in found), favourable
    )
    labels: Mapping[object, int] = {}
    if roles.label is not None:
        labels = axis_of(roles.label, "label", (row[width] for row in found), positive_label)
    places: dict[tuple[str, ...], int] = {}
    keys: dict[tuple[object, ...], tuple[int, int]] = {}
    entries: list[tuple[int, int, int, int]] = []
    for row in found:
        member = tuple(_member(value) for value in row[:width])
        place = places.setdefault(member, len(places))
        label = labels[row[width]] if roles.label is not None else MISSING
        keys[row[:-2]] = (place, label)
        entries.append((place, label, predictions[row[-2]], int(str(row[-1]))))
    for place, column in enumerate(roles.groups):
        _check_values(column, {member[place] for member in places})
    counts = np.zeros((len(places), 3, 3), dtype=np.int64)
    table = np.array(entries, dtype=np.int64)
    np.add.at(counts, (table[:, 0], table[:, 1], table[:, 2]), table[:, 3])
    labelled = roles.label is not None
    cells = CellTable(columns=roles.groups, members=tuple(places), counts=counts, labelled=labelled)
    return _Counted(cells, keys)


def _grouped(source: OpenFile, columns: list[str]) -> list[tuple[object, ...]]:
    """Return one row per combination that occurs: the values as text or None, and the count."""
    raw = ", ".join(f"{quoted(name)} AS c{place}" for place, name in enumerate(columns))
    # Read as text after counting: that is a few thousand values instead of a file of them.
    texts = ", ".join(text_sql(f"c{place}") for place in range(len(columns)))
    found = source.rows(
        f"SELECT {texts}, n FROM (SELECT {raw}, count(*) AS n FROM {source.relation} "  # noqa: S608
        f"GROUP BY ALL LIMIT {MOST_CELLS + 1})"
    )
    if len(found) > MOST_CELLS:
        _refuse_widest(source, columns)
    return found


def _refuse_widest(source: OpenFile, columns: list[str]) -> None:
    parts = ", ".join(f"approx_count_distinct({quoted(name)})" for name in columns)
    sizes = source.rows(f"SELECT {parts} FROM {source.relation}")[0]  # noqa: S608
    size, name = max((int(str(size)), name) for size, name in zip(sizes, columns, strict=True))
    message = (
        f"The column {name!r} holds about {size:,} different values, too many to count by. "
        "Use a column with few values, or put its values into bins first."
    )
    raise BadInput(message)


def _check_values(column: str, values: set[str]) -> None:
    if len(values) > MOST_VALUES:
        message = (
            f"The group column {column!r} holds {len(values):,} different values; at most "
            f"{MOST_VALUES} can be compared. Put its values into bins, or choose another column."
        )
        raise BadInput(message)


def _member(value: object) -> str:
    return NOT_RECORDED if value is None else str(value)


def _scores(source: OpenFile, roles: ColumnRoles, counted: _Counted) -> ScoreTable:
    """Read score, label and membership of every labelled row as arrays: what cells cannot give.

    The rows are sorted, so that the order of the file does not change a digit of the result.
    """
    columns = _counted(roles)[:-1]
    keys = {f"k{i}": [key[i] for key in counted.keys] for i in range(len(columns))}
    codes = {
        "code": [code for code, _ in counted.keys.values()],
        "label": [label for _, label in counted.keys.values()],
    }
    text = pa.string()
    source.connection.register(
        "keyed", pa.table({name: pa.array(held, text) for name, held in keys.items()} | codes)
    )
    joined = " AND ".join(
        f"{text_sql(f't.{quoted(name)}')} IS NOT DISTINCT FROM k{place}"
        for place, name in enumerate(columns)
    )
    score = text_sql(f"t.{quoted(str(roles.score))}")
    rows = f"SELECT code, label, {score} AS s FROM {source.relation} t JOIN keyed ON {joined}"  # noqa: S608
    _check_numbers(source, rows, str(roles.score))
    kept = f"label <> {MISSING} AND s IS NOT NULL"
    held = source.connection.execute(
        f"SELECT code, label, CAST(s AS DOUBLE) AS s FROM ({rows}) WHERE {kept}"  # noqa: S608
    ).fetchnumpy()
    order = np.lexsort((held["label"], held["s"], held["code"]))
    return ScoreTable(
        scores=np.asarray(held["s"], dtype=np.float64)[order],
        labels=np.asarray(held["label"])[order] == POSITIVE,
        codes=np.asarray(held["code"], dtype=np.int64)[order],
        left_out=counted.cells.rows - len(order),
    )


def _check_numbers(source: OpenFile, rows: str, column: str) -> None:
    odd = source.rows(
        f"SELECT s FROM ({rows}) WHERE s IS NOT NULL "  # noqa: S608
        "AND NOT coalesce(isfinite(TRY_CAST(s AS DOUBLE)), false) LIMIT 1"
    )
    if odd:
        message = (
            f"The score column {column!r} holds {str(odd[0][0])[:40]!r}, which is no finite number."
        )
        raise BadInput(message)
