"""The page's side of a figure: a stored record becomes what the component draws.

The worker has made the specification and its SVG, in the light theme's colours. Here the colours
become CSS variables, so that a figure follows the theme and prints without any script.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.text import slugify

from rai_portal.web.numbers import cell_text
from rai_portal.web.palette import variables

_ACTIVE = re.compile(
    r"<\s*(script|foreignObject|iframe|a|image|style)\b|\son[a-z]+\s*=|javascript:", re.I
)
_COLOUR = re.compile(r"#[0-9a-f]{6}\b", re.I)
_INNER_ROLES = re.compile(r'\s(?:role="[a-z-]+"|aria-roledescription="[^"]*")')
_LABELS = re.compile(r'(<[a-z][^>]*?)\saria-label="[^"]*"', re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table behind a figure. end: numbers stand at the end of their column."""

    text: str
    end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTable:
    """A result's table, ready to print."""

    title: str
    columns: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigure:
    """A figure, ready to draw. svg: inline drawing, or empty. image: the same as an address."""

    id: str
    title: str
    specification: Mapping[str, Any]
    text_alternative: str
    svg: SafeString
    image: str
    table: PageTable | None

    @property
    def specification_id(self) -> str:
        """Return the id of the element that holds the specification."""
        return f"{self.id}-specification"


def _record(thing: object) -> Mapping[str, Any]:
    if isinstance(thing, Mapping):
        return thing
    if is_dataclass(thing) and not isinstance(thing, type):
        return asdict(thing)
    message = f"A figure or table is a record or a dataclass, not {type(thing).__name__}."
    raise TypeError(message)


def page_table(table: object) -> PageTable:
    """Return a result's table as texts; a column whose values are all numbers stands at the end."""
    record = _record(table)
    rows = [list(row) for row in record["rows"]]
    end = [
        bool(rows) and all(_number_or_nothing(row[place]) for row in rows)
        for place in range(len(record["columns"]))
    ]
    return PageTable(
        title=record["title"],
        columns=tuple(
            Cell(text=name, end=last) for name, last in zip(record["columns"], end, strict=True)
        ),
        rows=tuple(
            tuple(
                Cell(text=cell_text(value), end=last) for value, last in zip(row, end, strict=True)
            )
            for row in rows
        ),
        note=record.get("note") or "",
    )


def _number_or_nothing(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def page_figure(figure: object, tables: Iterable[object] = (), prefix: str = "") -> PageFigure:
    """Return a figure for the component.

    tables: the result's tables; the figure's own is found. prefix: keeps ids apart where a page
    shows the same figure of two runs.
    """
    record = _record(figure)
    key = slugify(f"{prefix} {record['key']}") or "figure"
    table = record.get("table")
    if isinstance(table, str):
        behind = [item for item in map(_record, tables) if item["key"] == table]
        table = behind[0] if behind else None
    svg, image = _drawing(str(record.get("svg") or ""), key, record["text_alternative"])
    return PageFigure(
        id=f"figure-{key}",
        title=record["title"],
        specification=record["specification"],
        text_alternative=record["text_alternative"],
        svg=svg,
        image=image,
        table=None if table is None else page_table(table),
    )


def _drawing(svg: str, key: str, alternative: str) -> tuple[SafeString, str]:
    """Return the drawing for inline use, or, where it holds anything active, as an image.

    Charts carry words from uploaded data. The renderer escapes them; should a drawing ever hold
    an element that can act or load, it is shown as an image, in which nothing runs.
    """
    if not svg:
        return SafeString(""), ""
    if _ACTIVE.search(svg):
        return SafeString(""), svg_data_uri(svg)
    return inline_svg(svg, key, alternative), ""


def svg_data_uri(svg: str) -> str:
    """Return an SVG as an image address: for documents, and for drawings that must not act."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def inline_svg(svg: str, key: str, alternative: str) -> SafeString:
    """Return the SVG with theme colours, ids of its own and its text alternative."""
    svg = svg[svg.index("<svg") :]
    known = variables()
    svg = _COLOUR.sub(lambda match: known.get(match[0].lower(), match[0]), svg)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{key}-\1"', svg)
    svg = _LABELS.sub(r"\1", _INNER_ROLES.sub("", svg))
    label = conditional_escape(alternative)
    return SafeString(svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1))
