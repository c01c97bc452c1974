"""Flags features that may be known only after the outcome, such as the buyer of a granted loan.

Three signs, each a reason to ask and none a proof: the name; the column alone separating the
labels almost perfectly (area under the ROC curve); values with which the label never varies
although many cases would be expected to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registry.reading.errors import RefusedFile
from registry.reading.kinds import number_sql
from registry.reading.profile import ColumnProfile, DatasetProfile, open_table
from registry.reading.values import canonical, quoted, text_sql

AUC_LIMIT = 0.95
EXPECTED_LIMIT = 10.0
"""Cases of the rarer label expected in a value's rows; with none seen, e⁻¹⁰ by chance."""
_MOST_LEVELS = 50

_TELLING = re.compile(
    r"(^|_)(outcome|decision|decided|approved?|approval|reject(ed)?|denied|denial|accepted|action|"
    r"action_taken|granted|refused|default(ed)?|charge_?off|paid_?off|purchaser|status|result|"
    r"settled|closed|label|target|pred(icted|iction)?|score)($|_)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A column to ask about. sign: "name", "separates" or "constant"; reason: for a person."""

    column: str
    sign: str
    reason: str

    def as_json(self) -> dict[str, str]:
        """Return plain values for storage."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Levels:
    """Positive and negative rows of each value of a column; the first level may be missing."""

    values: tuple[Any, ...]
    positive: NDArray[np.float64]
    negative: NDArray[np.float64]


def area_under_curve(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """AUC from counts per level, levels in rising order of the score; ties count one half.

    0.5: the order says nothing; 1: every positive row ranks above every negative one.
    """
    below = np.cumsum(negative) - negative
    return float(np.sum(positive * (below + negative / 2)) / (positive.sum() * negative.sum()))


def find_leaks(
    path: Path,
    profile: DatasetProfile,
    *,
    label: str,
    features: Sequence[str],
    positive: str,
) -> tuple[Leak, ...]:
    """Look at each feature beside the label. positive: the label's positive value, as text."""
    found: list[Leak] = []
    with open_table(path, profile.file) as connection:
        for name in features:
            column = profile.column(name)
            levels = _levels(connection, column, label, positive)
            numeric = column.kind in ("number", "boolean")
            found.extend(_signs(name, levels, numeric=numeric))
    return tuple(found)


def _levels(connection: Any, column: ColumnProfile, label: str, positive: str) -> _Levels:
    name, target = quoted(column.name), text_sql(quoted(label))
    value = text_sql(name)
    if column.kind == "number":
        value = number_sql(name, "VARCHAR")
    elif column.kind == "boolean":
        value = f"lower({value})"
    asked = connection.execute(f"SELECT DISTINCT {target} FROM data").fetchall()  # noqa: S608 - quoted
    good = [
        text for (text,) in asked if text is not None and canonical(text) == canonical(positive)
    ]
    rows = connection.execute(
        f"SELECT {value} AS value, "  # noqa: S608 - quoted
        f"count(*) FILTER (list_contains(?::VARCHAR[], {target})) AS positive, count(*) AS n "
        f"FROM data WHERE {target} IS NOT NULL GROUP BY value ORDER BY value NULLS FIRST",
        [good],
    ).fetchall()
    counts = np.array([(hits, n - hits) for _, hits, n in rows], dtype=np.float64).reshape(-1, 2)
    if not counts.size or not counts.sum(axis=0).all():
        message = (
            f"The label “{label}” never is, or always is, “{positive}”, so nothing can be compared "
            "with it. The table was kept. Name the positive value of the label."
        )
        raise RefusedFile(message)
    return _Levels(tuple(value for value, _, _ in rows), counts[:, 0], counts[:, 1])


def _signs(name: str, levels: _Levels, *, numeric: bool) -> list[Leak]:
    signs = []
    if _TELLING.search(name.strip().casefold().replace(" ", "_")):
        reason = "Its name speaks of the outcome. Is it known before the decision?"
        signs.append(Leak(column=name, sign="name", reason=reason))
    separation = _separation(levels, numeric=numeric)
    if separation >= AUC_LIMIT:
        reason = (
            f"Alone it separates the labels with an area under the curve of {separation:.3f} "
            f"({int(levels.positive.sum() + levels.negative.sum()):,} rows). Is it known before "
            "the decision?"
        )
        signs.append(Leak(column=name, sign="separates", reason=reason))
        return signs
    return signs + _constant(name, levels)


def _separation(levels: _Levels, *, numeric: bool) -> float:
    """The better of both directions for numbers; by share of positives for few levels."""
    few = len(levels.values) <= _MOST_LEVELS
    best = 0.0
    if numeric:
        start = 1 if levels.values[0] is None else 0
        positive, negative = levels.positive[start:], levels.negative[start:]
        if positive.sum() and negative.sum():
            auc = area_under_curve(positive, negative)
            best = max(auc, 1 - auc)
    if few:
        order = np.argsort(levels.positive / (levels.positive + levels.negative), kind="stable")
        best = max(best, area_under_curve(levels.positive[order], levels.negative[order]))
    return best


def _constant(name: str, levels: _Levels) -> list[Leak]:
    if len(levels.values) > _MOST_LEVELS:
        return []
    rows = levels.positive + levels.negative
    share = levels.positive.sum() / rows.sum()
    for counts, chance, word in (
        (levels.negative, 1 - share, "positive"),
        (levels.positive, share, "negative"),
    ):
        pure = (counts == 0) & (rows * chance >= EXPECTED_LIMIT)
        if pure.any():
            covered = int(rows[pure].sum())
            values = ", ".join(_say(v) for v, p in zip(levels.values, pure, strict=True) if p)
            reason = (
                f"In all {covered:,} rows where it is {values} the label is {word}; some "
                f"{covered * chance:,.0f} others would be expected. Is it known before the decision?"
            )
            return [Leak(column=name, sign="constant", reason=reason)]
    return []


def _say(value: object) -> str:
    if value is None:
        return "missing"
    return f"“{value:.10g}”" if isinstance(value, float) else f"“{str(value)[:60]}”"
