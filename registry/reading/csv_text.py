"""How a CSV is read: by one delimiter and as text, wherever it is read."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from registry.reading.values import literal

DELIMITERS = (",", ";", "\t", "|")
SNIFFED_LINES = 50
"""So many lines at the start decide on the delimiter."""


def delimiter_of(lines: Sequence[str]) -> str:
    """Return the delimiter that cuts the first lines into the most columns, the same in each."""
    best, best_score = ",", (0, 0)
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        agreeing = sum(width == widths[0] for width in widths)
        score = (int(2 * agreeing > len(widths)), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def csv_relation(place: str, *, columns: Sequence[str], delimiter: str) -> str:
    """Return SQL for a CSV's rows, to stand after FROM; every column is text, an empty cell NULL.

    Nothing is inferred, so that "1", "01" and "yes" stay what they are. place: the file's path.
    """
    typed = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    return (
        f"read_csv({literal(place)}, auto_detect=false, header=true, columns={{{typed}}}, "
        f"delim={literal(delimiter)}, quote='\"', escape='\"', nullstr='', "
        "strict_mode=true, null_padding=false, ignore_errors=false)"
    )
