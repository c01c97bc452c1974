"""CSV and Parquet files: checked byte by byte, then counted by DuckDB with bounded memory.

A CSV is read strictly and as text, so that "1", "01" and "Yes" stay what they are; a ragged row,
a wrong encoding or a NUL byte is refused with its line. Nothing loads a whole table.
"""

from __future__ import annotations

import atexit
import codecs
import csv
import hashlib
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from evaluations.methods.inputs import BadInput
from registry.reading.csv_text import SNIFFED_LINES, csv_relation, delimiter_of
from registry.reading.values import literal

MEMORY = "768MB"
_CHUNK = 1 << 20
_LONGEST_HEADER = 1 << 20
_PARQUET_MARK = b"PAR1"
_engines: dict[int, duckdb.DuckDBPyConnection] = {}
_lock = threading.Lock()
_FAULTS = {
    "unterminated quote": "has a quote that is not closed, or text after a closed one",
    "state machine": "is no regular CSV (RFC 4180): most often it mixes two kinds of line ends",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A file that passed the checks. digest: SHA-256 (hex) of its bytes."""

    path: Path
    kind: Literal["csv", "parquet"]
    columns: tuple[str, ...]
    digest: str
    size: int
    delimiter: str = ","

    def require(self, columns: Sequence[str]) -> None:
        """Raise BadInput that names the columns there are if one of `columns` is missing."""
        missing = [name for name in columns if name not in self.columns]
        if missing:
            there = ", ".join(self.columns[:30]) + (" …" if len(self.columns) > 30 else "")
            message = f"The file has no column {missing[0]!r}. It has: {there}."
            raise BadInput(message)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file being read: run SQL on `connection`; `relation` stands after FROM."""

    file: DataFile
    connection: duckdb.DuckDBPyConnection
    relation: str

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Run a query and return its rows; BadInput if the file cannot be read after all."""
        with _plain_errors():
            return self.connection.execute(query).fetchall()

    def arrays(self, query: str) -> dict[str, NDArray[np.generic]]:
        """Run a query and return its columns by name; BadInput as for rows."""
        with _plain_errors():
            return dict(self.connection.execute(query).fetchnumpy())


def inspect(path: Path) -> DataFile:
    """Check a file as a whole and return what it is; BadInput with a sentence if it is unusable."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            mark = stream.read(4)
    except OSError as error:
        message = f"The file {path.name} could not be read: {error.strerror}."
        raise BadInput(message) from error
    if size == 0:
        message = f"The file {path.name} is empty."
        raise BadInput(message)
    if mark == _PARQUET_MARK:
        return _parquet(path, size)
    digest = _checked_text(path)
    delimiter, columns = _header(path)
    return DataFile(
        path=path, kind="csv", columns=columns, digest=digest, size=size, delimiter=delimiter
    )


@contextmanager
def opened(file: DataFile, scratch_dir: Path | None = None) -> Iterator[OpenFile]:
    """Open a checked file for SQL.

    With a `scratch_dir` a DuckDB of its own spills there; without one the process's own is used,
    which saves its start of some 25 ms.
    """
    with tempfile.TemporaryDirectory(dir=scratch_dir, prefix="rows-") as scratch:
        # A link with a plain name: DuckDB would take signs such as * in a name for a pattern.
        link = Path(scratch) / f"data.{file.kind}"
        link.symlink_to(file.path.resolve())
        source = _shared() if scratch_dir is None else _own(scratch)
        with source as connection:
            yield OpenFile(file, connection, _relation(file, link))


def _own(scratch: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config=_settings(scratch))


def _shared() -> duckdb.DuckDBPyConnection:
    """Return a connection to the process's DuckDB; a forked process starts its own."""
    with _lock:
        if os.getpid() not in _engines:
            scratch = tempfile.mkdtemp(prefix="rows-")
            atexit.register(shutil.rmtree, scratch, ignore_errors=True)
            _engines[os.getpid()] = _own(scratch)
        return _engines[os.getpid()].cursor()


def _settings(scratch: str) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": MEMORY,
        "temp_directory": str(Path(scratch) / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": True,
    }


def _relation(file: DataFile, link: Path) -> str:
    place = str(link)
    if file.kind == "parquet":
        return f"read_parquet({literal(place)})"
    return csv_relation(place, columns=file.columns, delimiter=file.delimiter)


def _parquet(path: Path, size: int) -> DataFile:
    try:
        columns = _named(tuple(parquet.read_schema(path).names))
    except (pa.ArrowException, OSError) as error:
        message = (
            f"The file {path.name} begins as a Parquet file but cannot be read as one: it is cut "
            "short or damaged. Write it anew and try again; nothing was kept."
        )
        raise BadInput(message) from error
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return DataFile(path=path, kind="parquet", columns=columns, digest=digest, size=size)


def _checked_text(path: Path) -> str:
    """Return the SHA-256 of a text file after reading all of it as UTF-8 without NUL bytes."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            nul = chunk.find(b"\0")
            if nul >= 0:
                at = line + chunk.count(b"\n", 0, nul)
                message = (
                    f"Line {at} of {path.name} holds a NUL byte: it is no CSV text. "
                    "Save the table as CSV in UTF-8, or as Parquet."
                )
                raise BadInput(message)
            _decode(decoder, chunk, path, line)
            line += chunk.count(b"\n")
    _decode(decoder, b"", path, line, final=True)
    return digest.hexdigest()


def _decode(
    decoder: codecs.IncrementalDecoder, chunk: bytes, path: Path, line: int, *, final: bool = False
) -> None:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        at = line + error.object.count(b"\n", 0, error.start)
        message = (
            f"Line {at} of {path.name} is not UTF-8 text. Save the file in UTF-8 and try again."
        )
        raise BadInput(message) from error


def _header(path: Path) -> tuple[str, tuple[str, ...]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        start = [stream.readline(_LONGEST_HEADER) for _ in range(SNIFFED_LINES)]
    if not start[0].strip():
        message = f"The first line of {path.name} is blank; it must name the columns."
        raise BadInput(message)
    delimiter = delimiter_of(start)
    try:
        names = next(csv.reader(start[:1], delimiter=delimiter, strict=True))
    except csv.Error as error:
        message = f"The first line of {path.name} cannot be read as column names: {error}."
        raise BadInput(message) from error
    return delimiter, _named(tuple(names))


def _named(columns: tuple[str, ...]) -> tuple[str, ...]:
    if any(not name.strip() for name in columns):
        place = next(i for i, name in enumerate(columns, start=1) if not name.strip())
        message = f"Column {place} has no name; every column needs one."
        raise BadInput(message)
    lowered = [name.casefold() for name in columns]
    for index, name in enumerate(lowered):
        if name in lowered[:index]:
            message = f"Two columns are named {columns[index]!r}; names must differ, also in case."
            raise BadInput(message)
    return columns


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        message = (
            "The table does not fit into the memory and disk space allowed for counting. "
            "Nothing was kept; use fewer group columns or free some disk space."
        )
        raise BadInput(message) from error
    except duckdb.Error as error:
        raise BadInput(_sentence(str(error))) from error


def _sentence(text: str) -> str:
    """Put what DuckDB says of a bad file into a sentence with the line where it knows one."""
    line = re.search(r"on Line:? (\d+)", text)
    where = f"Line {line.group(1)} of the file" if line else "The file"
    expected = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    if expected:
        named, found = int(expected.group(1)), int(expected.group(2))
        return (
            f"{where} has {found} {'value' if found == 1 else 'values'} where the header names "
            f"{named}. Nothing was kept; mend the line and try again."
        )
    for sign, reason in _FAULTS.items():
        if sign in text:
            return f"{where} {reason}. Mend it and try again; nothing was kept."
    first = re.sub(r"'[^']*/([^/']+)'", r"'\1'", text.strip().splitlines()[0]).rstrip(".")
    return f"{where} cannot be read: {first}."
