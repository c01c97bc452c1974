"""Which bound decides on a limit, whose bound it is, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass

from evaluations.methods.limits import Direction, Limit, Verdict, both, title_of
from evaluations.methods.results import Estimate, Metric, Pair, PairBound
from evaluations.methods.wording import capital, digits_apart, plain, rows, small, span


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of the interval that is decided on.

    number: what is compared with the limit. name: what it is. other: the bound's own pair where
    that is not the pair that the result names, else None. known: whether the pair is on record;
    group rates before 1.2.0 did not say.
    """

    number: float
    name: str
    other: PairBound | None = None
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A verdict with the end that it was taken on. alone: the verdict of the own interval."""

    verdict: Verdict
    end: End
    alone: Verdict


def decide_on(metric: Metric, estimate: Estimate, limit: Limit) -> Decided:
    """Compare the ends with the limit.

    Where it stays open, the end is the one that must move: of two such ends the one on the side
    of a pass, unless the own interval lies wholly on one side, which the other end then explains.
    """
    threshold = limit.edge
    low, high = _ends(metric, estimate)
    verdict, end = _compared(low, high, limit.direction, threshold)
    alone, _ = _compared(*_own(estimate), limit.direction, threshold)
    if verdict is Verdict.INCONCLUSIVE and alone is Verdict.FAIL:
        end = low if end is high else high
    return Decided(verdict=verdict, end=end, alone=alone)


def _own(estimate: Estimate) -> tuple[End, End]:
    if estimate.low is None or estimate.high is None:
        exact = End(number=estimate.value, name="value")
        return exact, exact
    return (
        End(number=estimate.low, name="lower bound"),
        End(number=estimate.high, name="upper bound"),
    )


def _ends(metric: Metric, estimate: Estimate) -> tuple[End, End]:
    if estimate.shown_low is None or estimate.shown_high is None:
        return _own(estimate)
    names = ("simultaneous lower bound", "largest pairwise upper bound")
    if metric.metric.endswith("_worst_ratio"):
        names = ("smallest pairwise lower bound", "simultaneous upper bound")
    bounds = metric.bounds
    low, high = (None, None) if bounds is None else (bounds.low, bounds.high)
    known = bounds is not None
    low_other, high_other = _other(metric.pair, low), _other(metric.pair, high)
    return (
        End(number=estimate.shown_low, name=names[0], other=low_other, known=known),
        End(number=estimate.shown_high, name=names[1], other=high_other, known=known),
    )


def _other(pair: Pair | None, bound: PairBound | None) -> PairBound | None:
    return None if bound is None or bound.pair == pair else bound


def _compared(low: End, high: End, direction: Direction, threshold: float) -> tuple[Verdict, End]:
    if direction == "at_most":
        if high.number <= threshold:
            return Verdict.PASS, high
        return (Verdict.FAIL, low) if low.number > threshold else (Verdict.INCONCLUSIVE, high)
    if low.number >= threshold:
        return Verdict.PASS, low
    return (Verdict.FAIL, high) if high.number < threshold else (Verdict.INCONCLUSIVE, low)


def sentence_of(metric: Metric, estimate: Estimate, limit: Limit, decided: Decided) -> str:
    """Return the finding with interval, rows and pair, and the bound that decided.

    Interval and rows are those of the pair named. A bound of another pair is told with that pair
    and its rows.
    """
    digits = _digits(estimate, limit, decided)
    if estimate.low is None or estimate.high is None:
        number = f"{_number(estimate.value, digits)}, {rows(estimate.n)}"
    else:
        number = (
            f"{plain(estimate.value, digits)} ({span(estimate.low, estimate.high, digits)}), "
            f"{rows(estimate.n)}"
        )
    pair = ""
    if metric.pair is not None:
        pair = f" between {both(metric.pair)}"
    return f"{capital(title_of(limit))} {number}{pair}: {_said(limit, decided, digits)}."


def told_of(estimate: Estimate, limit: Limit, decided: Decided) -> str:
    """Return what decided, where the printed interval alone does not show it; else ""."""
    if not _explained(decided):
        return ""
    digits = _digits(estimate, limit, decided)
    bound = f"{decided.end.name} {_number(decided.end.number, digits)}"
    other = decided.end.other
    if other is not None:
        return f"Decided by {both(other.pair)}: {bound}, {rows(other.n)}"
    return f"Decided by its {bound}" if decided.end.known else f"Decided over all pairs: {bound}"


def _explained(decided: Decided) -> bool:
    """Whether the bound must be named: an open verdict is explained by an interval across."""
    if decided.verdict is decided.alone:
        return decided.end.other is not None and decided.verdict is not Verdict.INCONCLUSIVE
    return True


def _said(limit: Limit, decided: Decided, digits: int) -> str:
    threshold = limit.edge
    told = "at most" if limit.direction == "at_most" else "at least"
    ask = f"the limit of {told} {_number(threshold, digits)}"
    if decided.verdict is Verdict.INCONCLUSIVE and not _explained(decided):
        return f"the interval reaches to both sides of {ask}"
    does = {
        Verdict.PASS: "meets",
        Verdict.FAIL: "is beyond",
        Verdict.INCONCLUSIVE: "lies on the other side of",
    }[decided.verdict]
    bound = f"the {decided.end.name} {_number(decided.end.number, digits)}"
    other = decided.end.other
    if not decided.end.known and _explained(decided):
        return f"decided over all pairs: {bound} {does} {ask}"
    if other is None:
        return f"{bound} {does} {ask}"
    return f"decided by {both(other.pair)}: {bound}, {rows(other.n)}, {does} {ask}"


def _digits(estimate: Estimate, limit: Limit, decided: Decided) -> int:
    threshold = limit.edge
    if estimate.low is None or estimate.high is None:
        return digits_apart(threshold, estimate.value)
    return digits_apart(threshold, estimate.low, estimate.high, decided.end.number)


def _number(value: float, digits: int) -> str:
    if float(value).is_integer() and abs(value) >= 2.0:
        return plain(value, 0)
    return small(value, digits)
