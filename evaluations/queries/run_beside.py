"""The number that heads a run, beside the same number of earlier runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluations.queries.plan_page import metric_words
from evaluations.queries.run_page import VerdictRow, shown_text

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from evaluations.models import Run

SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideRow:
    """An earlier run with its number; text says when it did not measure it."""

    run: Run
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The comparison card. title: of the number; own: this run's."""

    title: str
    own: str
    rows: tuple[BesideRow, ...]


type Key = tuple[str, tuple[str, ...]]


def beside(run: Run, rows: Sequence[VerdictRow], earlier: QuerySet[Run]) -> Beside | None:
    """Return the number of the worst check beside that of earlier runs; None if there is none."""
    metrics: Sequence[Mapping[str, Any]] = (run.result or {}).get("metrics", ())
    key = _key(rows, metrics)
    # A repetition says nothing new: what gives the same digest is left out.
    others = list(earlier.exclude(result_digest=run.result_digest)[:SHOWN])
    if key is None or not others:
        return None
    held = dict(
        type(run).objects.filter(pk__in=[other.pk for other in others])
        .values_list("pk", "result__metrics")
    )  # fmt: skip
    title, _ = metric_words(run.method, key[0])
    by = f" by {' and '.join(key[1])}" if key[1] else ""
    return Beside(
        title=title + by,
        own=_text(metrics, key),
        rows=tuple(BesideRow(run=other, text=_text(held[other.pk] or (), key)) for other in others),
    )


def _key(rows: Sequence[VerdictRow], metrics: Sequence[Mapping[str, Any]]) -> Key | None:
    if rows:
        check = rows[0].verdict.check_row
        return check.metric, tuple(check.by)
    for record in metrics:
        if record.get("by") and not record.get("group"):
            return record["metric"], tuple(record["by"])
    whole = (record for record in metrics if not record.get("group"))
    first = next(whole, None)
    return None if first is None else (first["metric"], ())


def _text(metrics: Sequence[Mapping[str, Any]], key: Key) -> str:
    for record in metrics:
        same = record["metric"] == key[0] and not record.get("group")
        if same and (not key[1] or tuple(record.get("by") or ()) == key[1]):
            return shown_text(record)
    return "not measured"
