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
from registry.reading.errors import RefusedFile
from registry.reading.tabular import TableLimits, check_file, check_header, is_parquet
from registry.reading.tabular import digest as digest_of
from registry.reading.values import literal

MEMORY = "768MB"
_CHUNK = 1 << 20
_LONGEST_HEADER = 1 << 20
_LINE_ENDS = b"\r\n"
_engines: dict[int, duckdb.DuckDBPyConnection] = {}
_lock = threading.Lock()
_ANY_SIZE = TableLimits(size_bytes=1 << 62, rows=1 << 62, columns=1 << 62)


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
        with _plain_errors(self.file):
            return self.connection.execute(query).fetchall()

    def arrays(self, query: str) -> dict[str, NDArray[np.generic]]:
        """Run a query and return its columns by name; BadInput as for rows."""
        with _plain_errors(self.file):
            return dict(self.connection.execute(query).fetchnumpy())


def inspect(path: Path) -> DataFile:
    """Check a file as a whole and return what it is; BadInput with a sentence if it is unusable.

    What an upload is refused for is refused here in the same words: the strict check of uploads
    takes its time over each row, so it is asked only where a quick look or DuckDB meets a fault.
    """
    try:
        size = path.stat().st_size
        kind: Literal["csv", "parquet"] = "parquet" if is_parquet(path) else "csv"
        delimiter, columns = _header(path) if kind == "csv" else (",", _parquet_columns(path))
        check_header(columns, _ANY_SIZE)
        digest, gap = _checked_text(path) if kind == "csv" else (digest_of(path), False)
        if gap:  # perhaps within quotation marks, which only the strict check can tell
            check_file(path, limits=_ANY_SIZE)
    except OSError as error:
        message = f"The file {path.name} could not be read: {error.strerror}."
        raise BadInput(message) from error
    except RefusedFile as refusal:
        raise BadInput(str(refusal)) from refusal
    except (UnicodeDecodeError, csv.Error, _NulByte, pa.ArrowException) as error:
        message = _fault(path) or f"The file {path.name} cannot be read: {error}."
        raise BadInput(message) from error
    return DataFile(
        path=path, kind=kind, columns=columns, digest=digest, size=size, delimiter=delimiter
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


def _parquet_columns(path: Path) -> tuple[str, ...]:
    return tuple(parquet.read_schema(path).names)


class _NulByte(ValueError):
    """A text holds a byte that no text holds."""


def _checked_text(path: Path) -> tuple[str, bool]:
    """Return the SHA-256 of a text file, and whether anything follows an empty line in it.

    All of it is read, as UTF-8 without NUL bytes.
    """
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    gap, end = False, b""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            if b"\0" in chunk:
                raise _NulByte
            decoder.decode(chunk)
            gap = gap or _has_gap(end + chunk)
            end = _end_of_lines(end + chunk)
    decoder.decode(b"", final=True)
    return digest.hexdigest(), gap


def _has_gap(text: bytes) -> bool:
    """Tell whether text follows an empty line; DuckDB would pass over it."""
    within = text.rstrip(_LINE_ENDS)
    return b"\n\n" in within or b"\n\r\n" in within


def _end_of_lines(text: bytes) -> bytes:
    """Return what the next block needs to know of this one: whether it ends in an empty line."""
    ends = text[len(text.rstrip(_LINE_ENDS)) :]
    return b"\n\n" if _has_gap(ends + b".") else ends[-2:]


def _header(path: Path) -> tuple[str, tuple[str, ...]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        start = [stream.readline(_LONGEST_HEADER) for _ in range(SNIFFED_LINES)]
    delimiter = delimiter_of(start)
    return delimiter, tuple(next(csv.reader(start[:1], delimiter=delimiter, strict=True)))


def _fault(path: Path) -> str:
    """Return what the check of uploads says against the file; "" if it has nothing to say."""
    try:
        check_file(path, limits=_ANY_SIZE)
    except RefusedFile as refusal:
        return str(refusal)
    return ""


@contextmanager
def _plain_errors(file: DataFile) -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        message = (
            "The table does not fit into the memory and disk space allowed for counting. "
            "Nothing was kept; use fewer group columns or free some disk space."
        )
        raise BadInput(message) from error
    except duckdb.Error as error:
        raise BadInput(_fault(file.path) or _sentence(str(error))) from error


def _sentence(text: str) -> str:
    """Put what DuckDB alone finds wrong into a sentence, with the line where it knows one."""
    line = re.search(r"on Line:? (\d+)", text)
    where = f"Line {line.group(1)} of the file" if line else "The file"
    if "state machine" in text:
        return (
            f"{where} is no regular CSV (RFC 4180): most often it mixes two kinds of line ends. "
            "Nothing was kept. Mend it and try again."
        )
    first = re.sub(r"'[^']*/([^/']+)'", r"'\1'", text.strip().splitlines()[0]).rstrip(".")
    return f"{where} cannot be read: {first}."
