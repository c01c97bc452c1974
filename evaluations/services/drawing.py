"""Figures of a result with the limits of the checks that asked for it drawn in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from evaluations.choices import Direction
from evaluations.methods.fairness.figures import Kind, Line, redraw
from evaluations.methods.results import Figure

if TYPE_CHECKING:
    from evaluations.models import Check

_ENDINGS = (("_worst_difference", "difference"), ("_worst_ratio", "ratio"))
_FAIRNESS = "fairness."


def with_limits(record: Mapping[str, Any], checks: Iterable[Check]) -> list[dict[str, Any]]:
    """Return the record's figures; those of a worst pair show the limit of its check.

    A ratio gets a figure of its own, placed after the rates that it is taken from.
    """
    figures: dict[str, dict[str, Any]] = {item["key"]: item for item in record["figures"]}
    if not str(record["method"]["key"]).startswith(_FAIRNESS):
        return list(figures.values())
    for base, kind, check in _limited(checks):
        line = Line(kind=kind, threshold=float(check.threshold or 0.0))
        for figure in redraw(record, base, tuple(check.by), line):
            _place(figures, figure, kind)
    return list(figures.values())


def _limited(checks: Iterable[Check]) -> Iterator[tuple[str, Kind, Check]]:
    for check in checks:
        if check.direction == Direction.ESTIMABLE or check.threshold is None:
            continue
        for ending, kind in _ENDINGS:
            if check.metric.endswith(ending):
                yield check.metric.removesuffix(ending), cast("Kind", kind), check


def _place(figures: dict[str, dict[str, Any]], figure: Figure, kind: Kind) -> None:
    if kind == "difference":
        if figure.key in figures:
            figures[figure.key] = _plain(figure, figure.key)
        return
    if "_pairs_" not in figure.key or figure.key not in figures:
        return
    after, key = figure.key, figure.key.replace("_pairs_", "_ratios_", 1)
    kept = list(figures.items())
    figures.clear()
    for name, item in kept:
        figures[name] = item
        if name == after:
            figures[key] = _plain(figure, key)


def _plain(figure: Figure, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "title": figure.title,
        "specification": dict(figure.specification),
        "text_alternative": figure.text_alternative,
        "table": figure.table,
    }
