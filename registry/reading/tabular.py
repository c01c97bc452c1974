"""Checks an uploaded table before anything keeps it: strict CSV in UTF-8, or Parquet.

The file is streamed: memory stays flat however large it is. Each refusal is one sentence with
the line and column, what is wrong and what to do.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from registry.reading.content import HEAD_BYTES, UNKNOWN, tell
from registry.reading.csv_text import SNIFFED_LINES, delimiter_of
from registry.reading.errors import RefusedFile

KEPT = "Nothing was kept."
NO_ROWS = f"This table has a header and no rows. {KEPT} Choose one with rows."
_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_LONGEST_LINE = 1024**2
_LONGEST_NAME = 200
_WIDE_ENCODINGS = (
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLimits:
    """What a table may measure."""

    size_bytes: int = 4 * 1024**3
    rows: int = 100_000_000
    columns: int = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TabularFile:
    """A table that was read to its end. delimiter is "" for Parquet. rows: without the header."""

    format: str
    delimiter: str
    columns: tuple[str, ...]
    rows: int
    sha256: str
    size: int

    def as_json(self) -> dict[str, Any]:
        """Return plain values for storage."""
        return {**asdict(self), "columns": list(self.columns)}


def check_file(path: Path, *, limits: TableLimits = TableLimits()) -> TabularFile:
    """Read the whole table once and return what it is, or raise RefusedFile."""
    size = path.stat().st_size
    if size > limits.size_bytes:
        message = (
            f"This file is {size / 1024**2:,.0f} MiB; the limit is "
            f"{limits.size_bytes / 1024**2:,.0f} MiB. {KEPT} Upload fewer columns, or Parquet."
        )
        raise RefusedFile(message)
    if is_parquet(path):
        return _check_parquet(path, size, limits)
    return _check_csv(path, size, limits)


def is_parquet(path: Path) -> bool:
    """Tell Parquet from CSV by the first bytes, or raise RefusedFile: it is neither."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf \r\n\t"):
        message = f"This file is empty. {KEPT} Choose a table with a header line and rows."
        raise RefusedFile(message)
    if head.startswith(b"PAR1"):
        return True
    for mark, name in _WIDE_ENCODINGS:
        if head.startswith(mark):
            message = f"This file is encoded as {name}. {KEPT} Save it as CSV in UTF-8."
            raise RefusedFile(message)
    content = tell(head)
    if content.name != UNKNOWN:
        message = (
            f"This file is {content.name}, not a table. {KEPT} Choose CSV in UTF-8 or Parquet."
        )
        raise RefusedFile(message)
    return False


def _check_parquet(path: Path, size: int, limits: TableLimits) -> TabularFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as parquet:
            columns = tuple(parquet.schema_arrow.names)
            rows = int(parquet.metadata.num_rows)
            nested = [f.name for f in parquet.schema_arrow if pa.types.is_nested(f.type)]
    except (pa.ArrowException, OSError, ValueError) as error:
        message = (
            f"This Parquet file is damaged or cut short. {KEPT} Write it again and choose that."
        )
        raise RefusedFile(message, detail=str(error)) from error
    if nested:
        message = (
            f"Column “{nested[0]}” holds lists or structures. {KEPT} Keep one plain value per cell."
        )
        raise RefusedFile(message)
    check_header(columns, limits)
    _check_rows(rows, limits)
    return TabularFile(
        format="parquet", delimiter="", columns=columns, rows=rows, sha256=digest(path), size=size
    )


def digest(path: Path) -> str:
    """SHA-256 (hex) of a file, read in slices."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class _Lines:
    """Decoded lines of a CSV, hashed on the way; the last line's number is in `number`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        self.hash = hashlib.sha256()

    def __iter__(self) -> Iterator[str]:
        with self.path.open("rb") as stream:
            while line := stream.readline(_LONGEST_LINE):
                self.number += 1
                self.hash.update(line)
                yield self._decode(line)

    def _decode(self, line: bytes) -> str:
        if self.number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) >= _LONGEST_LINE:
            message = (
                f"Line {self.number} is longer than 1 MiB. {KEPT} Check that the lines end with a "
                "line feed and that each quotation mark is closed."
            )
            raise RefusedFile(message)
        if b"\0" in line:
            message = (
                f"Line {self.number} holds a NUL byte, at byte {line.index(0) + 1} of the line. "
                f"{KEPT} Export the table again as CSV in UTF-8."
            )
            raise RefusedFile(message)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            message = (
                f"Line {self.number} is not UTF-8: byte {error.start + 1} of the line is "
                f"0x{line[error.start]:02X}. {KEPT} Save the file as CSV in UTF-8."
            )
            raise RefusedFile(message) from error


def _check_csv(path: Path, size: int, limits: TableLimits) -> TabularFile:
    delimiter = delimiter_of(list(islice(_Lines(path), SNIFFED_LINES)))
    lines = _Lines(path)
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    try:
        header = next(reader)
        columns = tuple(header)
        check_header(columns, limits)
        rows = _count_rows(reader, columns, delimiter)
    except csv.Error as error:
        message = f"Line {lines.number}: {_csv_fault(str(error))} {KEPT}"
        raise RefusedFile(message, detail=str(error)) from error
    _check_rows(rows, limits)
    return TabularFile(
        format="csv",
        delimiter=delimiter,
        columns=columns,
        rows=rows,
        sha256=lines.hash.hexdigest(),
        size=size,
    )


def check_header(columns: tuple[str, ...], limits: TableLimits) -> None:
    """Raise RefusedFile unless the names can be told apart and belong to columns."""
    if not columns:
        message = f"Line 1 is empty where the column names should be. {KEPT} Begin with a header."
        raise RefusedFile(message)
    if len(columns) > limits.columns:
        message = (
            f"This table has {len(columns):,} columns; the limit is {limits.columns:,}. {KEPT} "
            "Leave out columns that no check needs."
        )
        raise RefusedFile(message)
    seen: dict[str, int] = {}
    for position, name in enumerate(columns, start=1):
        _check_name(name, position)
        first = seen.setdefault(name.strip().casefold(), position)
        if first != position:
            message = (
                f"Columns {first} and {position} are both named “{name.strip()}” (letter case does "
                f"not count). {KEPT} Give each column a name of its own."
            )
            raise RefusedFile(message)
    if all(_is_number(name) for name in columns):
        message = (
            f"Line 1 holds numbers where the column names should be. {KEPT} Add a header line."
        )
        raise RefusedFile(message)


def _check_name(name: str, position: int) -> None:
    if not name.strip():
        message = f"Column {position} has no name in line 1. {KEPT} Name it or remove it."
        raise RefusedFile(message)
    if len(name) > _LONGEST_NAME or not name.isprintable():
        message = (
            f"The name of column {position} is longer than 200 characters or holds control "
            f"characters. {KEPT} Rename it."
        )
        raise RefusedFile(message)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _count_rows(reader: Any, columns: tuple[str, ...], delimiter: str) -> int:
    """Count the rows, refusing the first whose number of values differs from the header's."""
    width, rows, blank = len(columns), 0, 0
    for row in reader:
        if not row:
            blank = blank or reader.line_num
            continue
        if blank:
            message = f"Line {blank} is empty, though rows follow it. {KEPT} Remove the line."
            raise RefusedFile(message)
        if len(row) != width:
            message = (
                f"Line {reader.line_num} has {_values(len(row))} where the header has {width}. "
                f"{KEPT} Quote values that hold a {_DELIMITER_NAMES[delimiter]}, and give each "
                "line the same number of values."
            )
            raise RefusedFile(message)
        rows += 1
    return rows


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


def _csv_fault(fault: str) -> str:
    if "field larger" in fault or "unexpected end" in fault:
        return (
            "a quotation mark is opened and never closed, or a value is longer than 128 KiB. "
            "Close it, or double the quotation marks inside values."
        )
    if "new-line" in fault:
        return "the lines end with a bare carriage return. Save the file with ordinary line ends."
    return (
        "text follows a closing quotation mark. Double the quotation marks inside values and quote "
        "the whole value."
    )


def _check_rows(rows: int, limits: TableLimits) -> None:
    if rows == 0:
        raise RefusedFile(NO_ROWS)
    if rows > limits.rows:
        message = (
            f"This table has {rows:,} rows; the limit is {limits.rows:,}. {KEPT} Upload fewer."
        )
        raise RefusedFile(message)
