"""What a method returns: estimates with their uncertainty, tables, figures and narrative."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import rfc8785

type Scalar = str | int | float | bool | None
type Group = Mapping[str, str]
"""Column → value; None in a metric stands for the whole."""

SCHEMA = "rai-result/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its uncertainty.

    value, low, high: in the metric's unit; low ≤ value ≤ high is not guaranteed for score
    intervals at the ends of the range. level: confidence of the two-sided interval, in (0, 1).
    n: rows in the denominator (for a comparison: of both groups together).
    simultaneous_low and simultaneous_high: the same pair's bounds, widened so that those of all
    compared pairs hold at once; only on pairwise and worst-pair comparisons, and never inside
    low to high. None for low and high: a count, exact.
    shown_low and shown_high: on a worst pair only, the interval to decide on, over all pairs: it
    ends where a limit would be passed on one side and failed on the other. Its ends may belong to
    other pairs than the named one (`Metric.bounds`), so that it is not printed as the interval
    of that pair.
    design_effect: how many times as many rows it took as independent rows of equal weight would
    have; present only where weights or clusters were declared.
    """

    value: float
    low: float | None
    high: float | None
    level: float | None
    n: int
    interval: str
    simultaneous_low: float | None = None
    simultaneous_high: float | None = None
    shown_low: float | None = None
    shown_high: float | None = None
    design_effect: float | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that are not finite: an unknown is NotEstimable, never NaN."""
        numbers = (
            self.value,
            self.low,
            self.high,
            self.simultaneous_low,
            self.simultaneous_high,
            self.shown_low,
            self.shown_high,
            self.design_effect,
        )
        if any(number is not None and not math.isfinite(number) for number in numbers):
            message = f"An estimate must be finite; got {numbers}."
            raise ValueError(message)
        if self.n < 0:
            message = f"A sample size cannot be negative; got {self.n}."
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEstimable:
    """The data cannot support this number. reason: one clause for a person. n: rows there were."""

    reason: str
    n: int


type Outcome = Estimate | NotEstimable


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two groups that a worst-pair metric is about: with the higher and the lower value.

    rate: the one that they differ in, where the metric is the worst of several rates; else None.
    """

    high: Group
    low: Group
    rate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBound:
    """A bound that decides over all pairs, with the one pair that it belongs to.

    bound: the number that is compared with a limit. value: that pair's gap (high − low) or ratio
    (low / high). n: rows in the denominators of both its groups.
    """

    bound: float
    value: float
    n: int
    pair: Pair

    def __post_init__(self) -> None:
        """Refuse numbers that are not finite."""
        if not (math.isfinite(self.bound) and math.isfinite(self.value)):
            message = f"A bound must be finite; got {self.bound} of {self.value}."
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBounds:
    """The two ends of the interval that a worst pair is decided on; each end has its own pair."""

    low: PairBound
    high: PairBound


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One result. group None: the whole. reference: the group compared with, for comparisons.

    by: the group columns that a worst-pair metric looked over; pair: which two groups it found;
    bounds: whose bounds decide over all pairs. None in results of group rates before 1.2.0, where
    the simultaneous bounds were the outermost of any pair.
    """

    metric: str
    group: Group | None
    outcome: Outcome
    reference: Group | None = None
    by: tuple[str, ...] | None = None
    pair: Pair | None = None
    bounds: PairBounds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A group left out of comparisons, with its size and why.

    metrics: keys of those that it is left out of; () means every comparison. n: rows of the group,
    or in the denominator of these metrics.
    """

    group: Group
    n: int
    reason: str
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table for readers: key is stable, columns are headings, rows hold plain scalars."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart: a complete Vega-Lite specification, its text alternative and the table behind it."""

    key: str
    title: str
    specification: Mapping[str, Any]
    text_alternative: str
    table: str | None = None
    """Key of the table with the same numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A fact about the computation itself, such as additivity or the game and the background."""

    key: str
    title: str
    passed: bool | None
    detail: str
    value: Scalar = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrative:
    """Principle, technique, limitation, decision: for a reader outside the field."""

    principle: str
    technique: str
    limitation: str
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodReport:
    """All that a method found. parameters: as used, plain JSON values."""

    method: str
    version: str
    parameters: Mapping[str, Any]
    metrics: tuple[Metric, ...]
    narrative: Narrative
    excluded: tuple[Exclusion, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    headline: str = ""
    """The finding in one sentence that a person could say aloud, with interval and rows."""
    seed: int = 0
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Role → SHA-256 of the bytes read, for example {"data": "…", "model": "…"}."""


def _outcome(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, NotEstimable):
        return {"not_estimable": {"reason": outcome.reason, "n": outcome.n}}
    record: dict[str, Any] = {"value": outcome.value, "n": outcome.n, "interval": outcome.interval}
    optional = {
        "low": outcome.low,
        "high": outcome.high,
        "level": outcome.level,
        "simultaneous_low": outcome.simultaneous_low,
        "simultaneous_high": outcome.simultaneous_high,
        "shown_low": outcome.shown_low,
        "shown_high": outcome.shown_high,
        "design_effect": outcome.design_effect,
    }
    record.update({key: number for key, number in optional.items() if number is not None})
    return {"estimate": record}


def _metric(metric: Metric) -> dict[str, Any]:
    record: dict[str, Any] = {
        "metric": metric.metric,
        "group": None if metric.group is None else dict(metric.group),
    }
    if metric.reference is not None:
        record["reference"] = dict(metric.reference)
    if metric.by is not None:
        record["by"] = list(metric.by)
    if metric.pair is not None:
        record["pair"] = _pair(metric.pair)
    if metric.bounds is not None:
        ends = {"low": metric.bounds.low, "high": metric.bounds.high}
        record["bounds"] = {
            end: {"bound": of.bound, "value": of.value, "n": of.n, "pair": _pair(of.pair)}
            for end, of in ends.items()
        }
    return record | _outcome(metric.outcome)


def _pair(pair: Pair) -> dict[str, Any]:
    record: dict[str, Any] = {"high": dict(pair.high), "low": dict(pair.low)}
    return record if pair.rate is None else record | {"rate": pair.rate}


def _exclusion(item: Exclusion) -> dict[str, Any]:
    record: dict[str, Any] = {"group": dict(item.group), "n": item.n, "reason": item.reason}
    return record | ({"metrics": list(item.metrics)} if item.metrics else {})


def as_json(report: MethodReport, *, provenance: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the report as a `rai-result/1` record: plain values, no NaN, no Infinity."""
    return {
        "schema": SCHEMA,
        "method": {"key": report.method, "version": report.version},
        "headline": report.headline,
        "parameters": dict(report.parameters),
        "metrics": [_metric(metric) for metric in report.metrics],
        "excluded": [_exclusion(item) for item in report.excluded],
        "tables": [
            {
                "key": table.key,
                "title": table.title,
                "columns": list(table.columns),
                "rows": [list(row) for row in table.rows],
                "note": table.note,
            }
            for table in report.tables
        ],
        "figures": [
            {
                "key": figure.key,
                "title": figure.title,
                "specification": dict(figure.specification),
                "text_alternative": figure.text_alternative,
                "table": figure.table,
            }
            for figure in report.figures
        ],
        "diagnostics": [
            {
                "key": item.key,
                "title": item.title,
                "passed": item.passed,
                "detail": item.detail,
                "value": item.value,
            }
            for item in report.diagnostics
        ],
        "narrative": {
            "principle": report.narrative.principle,
            "technique": report.narrative.technique,
            "limitation": report.narrative.limitation,
            "decision": report.narrative.decision,
        },
        "seed": report.seed,
        "inputs": dict(report.inputs),
        "provenance": dict(provenance or {}),
    }


def _read_outcome(record: Mapping[str, Any]) -> Outcome:
    if "not_estimable" in record:
        lost = record["not_estimable"]
        return NotEstimable(reason=lost["reason"], n=lost["n"])
    held = record["estimate"]
    return Estimate(
        value=held["value"],
        low=held.get("low"),
        high=held.get("high"),
        level=held.get("level"),
        n=held["n"],
        interval=held["interval"],
        simultaneous_low=held.get("simultaneous_low"),
        simultaneous_high=held.get("simultaneous_high"),
        shown_low=held.get("shown_low"),
        shown_high=held.get("shown_high"),
        design_effect=held.get("design_effect"),
    )


def _read_bounds(record: Mapping[str, Any]) -> PairBounds:
    low, high = (
        PairBound(bound=held["bound"], value=held["value"], n=held["n"], pair=Pair(**held["pair"]))
        for held in (record["low"], record["high"])
    )
    return PairBounds(low=low, high=high)


def metrics_from_record(record: Mapping[str, Any]) -> tuple[Metric, ...]:
    """Read the metrics of a stored `rai-result/1` record; ValueError if it is none."""
    if record.get("schema") != SCHEMA:
        message = f"Not a {SCHEMA} record: its schema is {record.get('schema')!r}."
        raise ValueError(message)
    try:
        return tuple(
            Metric(
                metric=item["metric"],
                group=item["group"],
                outcome=_read_outcome(item),
                reference=item.get("reference"),
                by=tuple(item["by"]) if "by" in item else None,
                pair=Pair(**item["pair"]) if "pair" in item else None,
                bounds=_read_bounds(item["bounds"]) if "bounds" in item else None,
            )
            for item in record["metrics"]
        )
    except (KeyError, TypeError) as error:
        message = f"The {SCHEMA} record is damaged: {error}."
        raise ValueError(message) from error


def tables_from_record(record: Mapping[str, Any]) -> tuple[Table, ...]:
    """Read the tables of a stored `rai-result/1` record."""
    return tuple(
        Table(
            key=item["key"],
            title=item["title"],
            columns=tuple(item["columns"]),
            rows=tuple(tuple(row) for row in item["rows"]),
            note=item.get("note", ""),
        )
        for item in record["tables"]
    )


DIGESTED = ("method", "parameters", "inputs", "seed", "metrics", "excluded", "tables")


def result_digest(record: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over what makes the result: the RFC 8785 form of the keys in DIGESTED.

    Narrative, figures, timings and package versions are not part of it.
    """
    return hashlib.sha256(rfc8785.dumps({key: record[key] for key in DIGESTED})).hexdigest()
