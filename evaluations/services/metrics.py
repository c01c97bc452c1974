"""One metric of a stored result: found by its place, and told in a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluations.methods import catalogue
from evaluations.methods.inputs import BadInput
from evaluations.methods.limits import both
from evaluations.methods.results import Metric, NotEstimable, Pair, metrics_from_record
from evaluations.methods.wording import capital, plain, rows, span
from rai_portal.errors import Refused

if TYPE_CHECKING:
    from evaluations.models import Run


def metric_at(run: Run, index: int) -> dict[str, Any]:
    """Return the record of the metric at this place in the result; Refused if there is none."""
    held = (run.result or {}).get("metrics", [])
    if not 0 <= index < len(held):
        message = f"Run {run.pk} has no such metric. Nothing was saved. Choose it from the run."
        raise Refused(message, field="metric")
    found: dict[str, Any] = held[index]
    return found


def require_metric_of(run: Run, record: Mapping[str, Any]) -> None:
    """Raise Refused unless the record stands in the run's result, letter by letter."""
    if dict(record) not in (run.result or {}).get("metrics", []):
        message = f"The metric is not one of run {run.pk}. Nothing was saved. Choose it there."
        raise Refused(message, field="metric")


def metric_title(method: str, key: str) -> str:
    """Return the catalogue's title of a metric, or its key in words."""
    try:
        return catalogue.get(method).metric(key).title
    except (BadInput, KeyError):
        return key.replace("_", " ").capitalize()


def group_text(metric: Metric) -> str:
    """Return whom the metric is about: "Black", "Black against White", "by race", "all rows"."""
    if metric.group is not None:
        own = ", ".join(metric.group.values())
        if metric.reference is None:
            return own
        return f"{own} against {', '.join(metric.reference.values())}"
    return f"by {' and '.join(metric.by)}" if metric.by else "all rows"


def outcome_text(metric: Metric) -> str:
    """Return "0.30 (0.19 to 0.41), 300 rows between A and B", or why there is no number."""
    outcome = metric.outcome
    if isinstance(outcome, NotEstimable):
        return f"not estimable: {outcome.reason}, {rows(outcome.n)}"
    low, high = outcome.low, outcome.high
    digits = 0 if low is None and outcome.value.is_integer() else 2
    if outcome.value and abs(outcome.value) < 0.005:
        number = f"{outcome.value:.1e}"
    else:
        number = plain(outcome.value, digits)
    interval = "" if low is None or high is None else f" ({span(low, high)})"
    pair = ""
    if metric.pair is not None:
        pair = f" between {both(metric.pair)}"
    return f"{number}{interval}, {rows(outcome.n)}{pair}"


def pair_words(pair: Pair, metric: str) -> str:
    """Return "White − Black" for a gap and "Black ÷ White" for a ratio: read as its number is.

    With the rate where the metric is the worst of several: "White − Black, false positive rate".
    """
    high, low = (", ".join(group.values()) for group in (pair.high, pair.low))
    said = f"{low} ÷ {high}" if metric.endswith("_ratio") else f"{high} − {low}"
    return said if pair.rate is None else f"{said}, {pair.rate.replace('_', ' ')}"


def read_metric(record: Mapping[str, Any]) -> Metric:
    """Return one stored metric as an object."""
    return metrics_from_record({"schema": "rai-result/1", "metrics": [record]})[0]


def metric_sentence(record: Mapping[str, Any], *, method: str = "fairness.group_rates") -> str:
    """Return title, group and number of a stored metric as one clause."""
    metric = read_metric(record)
    return f"{metric_title(method, metric.metric)}, {group_text(metric)}: {outcome_text(metric)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A group that comparisons leave out. of: the metrics by their titles; () means all of them."""

    group: Mapping[str, str]
    n: int
    of: tuple[str, ...]
    reason: str

    @property
    def where(self) -> str:
        """Return "every comparison", or the metrics."""
        first, *others = self.of or ("every comparison",)
        return ", ".join((first, *(_in_a_list(title) for title in others)))


def _in_a_list(title: str) -> str:
    """Return "precision" for "Precision"; "F1" and "AUC" as they stand."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def left_out(record: Mapping[str, Any]) -> tuple[LeftOut, ...]:
    """Return who is left out of which comparisons of a stored result, and why."""
    method = record.get("method", {}).get("key", "")
    return tuple(_left_out(method, item) for item in record.get("excluded", ()))


def _left_out(method: str, item: Mapping[str, Any]) -> LeftOut:
    keys, reason = item.get("metrics"), str(item["reason"])
    if keys is None:
        keys, reason = _keys_before(reason)
    titles = tuple(metric_title(method, key) for key in keys)
    return LeftOut(group=item["group"], n=item["n"], of=titles, reason=reason)


def _known_keys() -> set[str]:
    return {metric.key for spec in catalogue.all_methods() for metric in spec.metrics}


def _keys_before(reason: str) -> tuple[list[str], str]:
    """Part "auc, brier: no rows …": group rates before 1.2.0 put the metrics into the reason."""
    before, colon, after = reason.partition(": ")
    keys = before.split(", ")
    return (keys, after) if colon and _known_keys().issuperset(keys) else ([], reason)


_KEYS = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b")


def reason_text(reason: str) -> str:
    """Return a reason as a sentence's beginning, with keys of metrics spelled as words.

    Only keys that a method yields: a column of the data keeps the name it has there.
    """
    known = _known_keys()
    words = _KEYS.sub(
        lambda found: found[0].replace("_", " ") if found[0] in known else found[0], reason
    )
    return capital(words)
