"""CSV of what a list shows; text that a spreadsheet would run as a formula is neutralised."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

type Cell = str | int | float | dt.date | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutral(value: Cell) -> str | int | float:
    """Return the cell as it is written: numbers stay numbers, formulas become plain text."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Line:
    """Takes what the writer writes and hands it on."""

    def write(self, text: str) -> str:
        return text


def csv_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> StreamingHttpResponse:
    """Return the table as a download, streamed."""
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield writer.writerow(header)
        for row in rows:
            yield writer.writerow([neutral(cell) for cell in row])

    return StreamingHttpResponse(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
