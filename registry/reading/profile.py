"""What a table holds: per column its type, what is missing, its range and its distribution.

Counted by DuckDB over a copy on disk, with a memory limit; nothing is loaded whole.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from registry.reading.csv_text import csv_relation
from registry.reading.errors import RefusedFile
from registry.reading.kinds import Kind, kind_of, number_sql, told_type, value_sql
from registry.reading.tabular import TabularFile, check_file
from registry.reading.values import LISTED, quoted

BINS = 20
_EXACT_ROWS = 1_000_000
"""Up to so many rows distinct values and quantiles are counted exactly, above approximately."""
_FEW = 20
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCount:
    """A value as text, and in how many rows it stands."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Rows with low ≤ value < high; the last bin includes its high end."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Summary of a column of numbers. quantiles: at 5, 25, 50, 75 and 95 %."""

    minimum: float
    maximum: float
    mean: float
    quantiles: tuple[float, ...]
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column. kind: "number", "boolean", "text" or "time"; type: as DuckDB names it.

    missing counts cells that hold nothing but blanks, and numbers of a Parquet file that are NaN or
    infinite. numbers is empty or holds one Range. top holds values as an evaluation compares them
    (see `values`); it is empty where they are too many to list or would single out rows.
    """

    name: str
    kind: str
    type: str
    missing: int
    distinct: int
    distinct_is_exact: bool
    whole_numbers: bool
    numbers: tuple[Range, ...]
    top: tuple[ValueCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetProfile:
    """A profiled table."""

    file: TabularFile
    columns: tuple[ColumnProfile, ...]

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return self.file.rows

    def column(self, name: str) -> ColumnProfile:
        """Return the profile of the named column; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def as_json(self) -> dict[str, Any]:
        """Return plain values for storage; tuples become lists when written."""
        return {
            "file": self.file.as_json(),
            "columns": [asdict(column) for column in self.columns],
        }


@contextmanager
def open_table(path: Path, file: TabularFile, *, memory: str = "512MB") -> Iterator[Any]:
    """Open a DuckDB connection with the table as `data`; spills to a folder that is removed.

    The columns of a CSV are text, as they are wherever the portal reads one.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="rai-profile-") as folder:
        connection = duckdb.connect(str(Path(folder) / "table.duckdb"))
        try:
            connection.execute(f"SET memory_limit = '{memory}'")
            connection.execute("SET threads = 2")
            connection.execute(f"SET temp_directory = '{folder}'")
            connection.execute("SET autoinstall_known_extensions = false")
            # A link with a plain name: DuckDB would take signs such as * in a name for a pattern.
            link = Path(folder) / f"data.{file.format}"
            link.symlink_to(path.resolve())
            _load(connection, link, file)
            yield connection
        except duckdb.Error as error:
            message = (
                "This table could not be read to its end. Nothing was kept. Check that each "
                "column holds one type of value and upload it again."
            )
            raise RefusedFile(message, detail=str(error)) from error
        finally:
            connection.close()


def _load(connection: Any, path: Path, file: TabularFile) -> None:
    if file.format == "parquet":
        names = ", ".join(quoted(name) for name in file.columns)
        connection.execute(
            f"CREATE TABLE data AS SELECT {names} FROM read_parquet(?)",  # noqa: S608 - quoted
            [str(path)],
        )
        return
    relation = csv_relation(str(path), columns=file.columns, delimiter=file.delimiter)
    connection.execute(f"CREATE TABLE data AS SELECT * FROM {relation}")  # noqa: S608 - quoted


def profile(path: Path, *, file: TabularFile | None = None) -> DatasetProfile:
    """Profile a table. file: the answer of `check_file`, when it was asked for already."""
    checked = file if file is not None else check_file(path)
    with open_table(path, checked) as connection:
        _same_rows(connection, checked)
        types = connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() "
            "WHERE table_name = 'data' ORDER BY column_index"
        ).fetchall()
        columns = tuple(_profile_column(connection, checked, name, kind) for name, kind in types)
    return DatasetProfile(file=checked, columns=columns)


def _same_rows(connection: Any, file: TabularFile) -> None:
    counted = connection.execute("SELECT count(*) FROM data").fetchone()[0]
    if counted != file.rows:
        message = (
            f"Two readers disagree on the rows of this table ({counted:,} and {file.rows:,}). "
            "Nothing was kept. Write it again with plain quoting, or as Parquet, and upload that."
        )
        raise RefusedFile(message)


def _profile_column(
    connection: Any,
    file: TabularFile,
    name: str,
    type_name: str,
) -> ColumnProfile:
    told = told_type(connection, name) if type_name == "VARCHAR" else type_name
    kind, value = kind_of(told), value_sql(quoted(name), type_name)
    number = number_sql(quoted(name), type_name)
    exact = file.rows <= _EXACT_ROWS
    counter = "count(DISTINCT {})" if exact else "approx_count_distinct({})"
    present, distinct = connection.execute(
        f"SELECT count({value}), {counter.format(value)} FROM data"  # noqa: S608 - quoted
    ).fetchone()
    numbers = kind == "number" and present > 0
    return ColumnProfile(
        name=name,
        kind=kind,
        type=told,
        missing=file.rows - present,
        distinct=distinct,
        distinct_is_exact=exact,
        whole_numbers=numbers and _whole(connection, number),
        numbers=(_range(connection, number, exact=exact),) if numbers else (),
        top=_top(connection, value, kind, distinct, present),
    )


def _whole(connection: Any, value: str) -> bool:
    query = f"SELECT bool_and({value} = round({value})) FROM data WHERE {value} IS NOT NULL"  # noqa: S608 - quoted
    return bool(connection.execute(query).fetchone()[0])


def _range(connection: Any, value: str, *, exact: bool) -> Range:
    quantile = "quantile_cont" if exact else "approx_quantile"
    asked = ", ".join(str(share) for share in _QUANTILES)
    low, high, mean, quantiles = connection.execute(
        f"SELECT min(v), max(v), avg(v), {quantile}(v, [{asked}]) "  # noqa: S608 - quoted
        f"FROM (SELECT CAST({value} AS DOUBLE) AS v FROM data) WHERE v IS NOT NULL"
    ).fetchone()
    return Range(
        minimum=float(low),
        maximum=float(high),
        mean=float(mean),
        quantiles=tuple(float(q) for q in quantiles),
        bins=_bins(connection, value, float(low), float(high)),
    )


def _bins(connection: Any, value: str, low: float, high: float) -> tuple[Bin, ...]:
    width = (high - low) / BINS
    if not math.isfinite(width):
        return ()
    rows = connection.execute(
        "SELECT least(greatest(CAST(floor((v - ?) / ?) AS INTEGER), 0), ?) AS place, count(*) "  # noqa: S608 - quoted
        f"FROM (SELECT CAST({value} AS DOUBLE) AS v FROM data) WHERE v IS NOT NULL GROUP BY place",
        [low, width or 1.0, BINS - 1],
    ).fetchall()
    counts = dict(rows)
    if width == 0:
        return (Bin(low=low, high=high, count=counts.get(0, 0)),)
    return tuple(
        Bin(low=low + place * width, high=low + (place + 1) * width, count=counts.get(place, 0))
        for place in range(BINS)
    )


def _top(
    connection: Any,
    value: str,
    kind: Kind,
    distinct: int,
    present: int,
) -> tuple[ValueCount, ...]:
    """The most frequent values; none for many numbers, nor for text that singles out rows."""
    if kind in ("number", "time") and distinct > _FEW:
        return ()
    if kind == "text" and distinct > _FEW and distinct * 2 > present:
        return ()
    rows = connection.execute(
        f"SELECT CAST({value} AS VARCHAR) AS v, count(*) AS n FROM data WHERE {value} IS NOT NULL "  # noqa: S608 - quoted
        f"GROUP BY v ORDER BY n DESC, v LIMIT {LISTED}"
    ).fetchall()
    return tuple(ValueCount(value=text[:200], count=count) for text, count in rows)
