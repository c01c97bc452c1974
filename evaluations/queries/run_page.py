"""What the page of a run shows, read from its row and its stored result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluations.choices import Direction, VerdictWord
from evaluations.methods.inputs import NOT_RECORDED
from evaluations.methods.results import Pair
from evaluations.methods.wording import capital
from evaluations.queries.plan_page import limit_words, metric_words
from evaluations.services.metrics import left_out, pair_words, reason_text
from rai_portal.web.numbers import estimate_text, fixed, limit_text, small_text

if TYPE_CHECKING:
    from evaluations.models import Run, RunVerdict

WORST_FIRST = (
    VerdictWord.FAIL,
    VerdictWord.ERROR,
    VerdictWord.NOT_ESTIMABLE,
    VerdictWord.INCONCLUSIVE,
    VerdictWord.PASS,
)
TONES = {
    VerdictWord.FAIL: "bad",
    VerdictWord.ERROR: "bad",
    VerdictWord.NOT_ESTIMABLE: "unsure",
    VerdictWord.INCONCLUSIVE: "unsure",
    VerdictWord.PASS: "good",
}
EXCLUDED = "excluded"
"""The table that stands in a card of its own."""

type Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """A check with its verdict. estimate: the metric's record for the strip, None without one.

    metric: the place of its metric in the result, None where there is none.
    """

    verdict: RunVerdict
    title: str
    numbers: str
    estimate: Record | None
    metric: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The first thing on the page. word: a verdict, or "" where no check rests on the run."""

    tone: str
    word: str
    sentence: str
    more: str
    row: VerdictRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """A metric of the result, for the list of all of them. index: its place in the result."""

    index: int
    title: str
    meaning: str
    group: str
    text: str
    n: int


def group_words(record: Record) -> str:
    """Return which group a metric is of: "Black against White", "worst pair by race", "whole"."""
    if record.get("pair"):
        names = pair_words(Pair(**record["pair"]), record["metric"])
        return f"worst pair by {' and '.join(record.get('by') or ())}: {names}"
    group = record.get("group")
    if not group:
        by = record.get("by")
        return f"by {' and '.join(by)}" if by else "whole"
    name = ", ".join(str(value) for value in group.values())
    reference = record.get("reference")
    if not reference:
        return name
    against = ", ".join(v for k, v in reference.items() if group.get(k) != v)
    return f"{name} against {against}" if against else name


def outcome_of(record: Record) -> Record:
    """Return the estimate, or the reason why there is none, as stored.

    Where a worst pair does not say whose bounds decide, its simultaneous bounds are the outermost
    of any pair, and not those of the pair that it names: they are left out.
    """
    kept = ("estimate", "not_estimable")
    found = {key: record[key] for key in kept if key in record}
    if record.get("pair") and "estimate" in found and "bounds" not in record:
        own = {k: v for k, v in found["estimate"].items() if not k.startswith("simultaneous")}
        return {"estimate": own}
    return found


def exact_text(value: float) -> str:
    """Print a number without an interval: small errors as powers of ten, never as 0.00."""
    return (
        estimate_text({"value": value}) if abs(value) >= 0.005 or not value else small_text(value)
    )


def shown_text(record: Record) -> str:
    """Print a metric with its own interval."""
    outcome = outcome_of(record)
    held = outcome.get("estimate")
    if held and held.get("low") is None:
        return exact_text(held["value"])
    return estimate_text(outcome)


def metric_rows(run: Run) -> list[MetricRow]:
    """Return every metric of the result, in its order."""
    rows = []
    for index, record in enumerate((run.result or {}).get("metrics", ())):
        title, meaning = metric_words(run.method, record["metric"])
        outcome = outcome_of(record)
        inner = outcome.get("estimate") or outcome.get("not_estimable") or {}
        rows.append(
            MetricRow(
                index=index,
                title=title,
                meaning=meaning,
                group=group_words(record),
                text=shown_text(record),
                n=inner.get("n", 0),
            )
        )
    return rows


def _place(verdict: RunVerdict, metrics: Sequence[Record]) -> int | None:
    """Return where the result holds what the check's limit is put on."""
    check = verdict.check_row
    for index, record in enumerate(metrics):
        if record["metric"] != check.metric or record.get("group"):
            continue
        if not check.by or record.get("by") == check.by:
            return index
    return None


def verdict_rows(run: Run) -> list[VerdictRow]:
    """Return the checks that rest on the run, worst first."""
    metrics: Sequence[Record] = (run.result or {}).get("metrics", ())
    rows = [
        _verdict_row(verdict, metrics)
        for verdict in run.verdicts.select_related("check_row").order_by("check_row__position")
    ]
    return sorted(rows, key=lambda row: WORST_FIRST.index(VerdictWord(row.verdict.verdict)))


def verdict_text(verdict: RunVerdict) -> str:
    """Print the number that a verdict was taken on, with its interval."""
    if verdict.value is not None and verdict.low == verdict.high == verdict.value:
        return exact_text(verdict.value)
    if verdict.value is not None:
        return estimate_text(verdict, verdict.threshold)
    return "None" if verdict.verdict == VerdictWord.NOT_ESTIMABLE else "–"


def _verdict_row(verdict: RunVerdict, metrics: Sequence[Record]) -> VerdictRow:
    place = _place(verdict, metrics)
    drawn = verdict.value is not None and place is not None
    return VerdictRow(
        verdict=verdict,
        title=_check_title(verdict),
        numbers=verdict_text(verdict),
        estimate=outcome_of(metrics[place]) if drawn and place is not None else None,
        metric=place,
    )


def _check_title(verdict: RunVerdict) -> str:
    words = limit_words(verdict.check_row)
    title = verdict.check_row.short_title
    return title if words in title else f"{title}, {words}"


def answer(run: Run, rows: Sequence[VerdictRow]) -> Answer:
    """Return the answer of a run that succeeded: the worst verdict, or the headline alone."""
    if not rows:
        more = "" if run.counts else "This run does not count: no verdict and no gate rests on it."
        sentence = run.headline or "The run ended with a result."
        return Answer(tone="next", word="", sentence=sentence, more=more, row=None)
    worst = rows[0]
    word = VerdictWord(worst.verdict.verdict)
    plain = _plain_sentence(run, worst)
    more = _more(worst.verdict, word)
    return Answer(
        tone=TONES[word],
        word=word.value,
        sentence=plain or worst.verdict.sentence,
        more=" ".join(
            filter(None, (worst.verdict.sentence if plain else "", more, lost_controls(run)))
        ),
        row=worst,
    )


def lost_controls(run: Run) -> str:
    """Say which controls of the computation do not hold: a verdict is read beside them."""
    lost = [
        f"{item['title']} ({item['detail'].rstrip('.')})"
        for item in (run.result or {}).get("diagnostics", ())
        if item["passed"] is False
    ]
    if not lost:
        return ""
    return f"What does not hold of the computation itself: {'; '.join(lost)}."


def _plain_sentence(run: Run, row: VerdictRow) -> str:
    """Return the headline with the limit where it tells of the same gap, else ""."""
    verdict = row.verdict
    if verdict.check_row.metric != "selection_rate_worst_difference" or not verdict.pair:
        return ""
    named = verdict.pair.split(" − ")
    if verdict.threshold is None or not all(name in run.headline for name in named):
        return ""
    return f"{run.headline} The limit is {limit_text(verdict.threshold)}."


def _more(verdict: RunVerdict, word: VerdictWord) -> str:
    """Say what would change the verdict."""
    if word == VerdictWord.INCONCLUSIVE:
        return verdict.needs or "These rows cannot say on which side of the limit it lies."
    if word == VerdictWord.FAIL and verdict.low is not None and verdict.high is not None:
        most = verdict.direction == Direction.AT_MOST
        hardly = "More rows would hardly change this verdict; another model could."
        if verdict.decided:
            return hardly
        end = verdict.low if most else verdict.high
        bound = end if verdict.bound is None else verdict.bound
        return (
            f"Even the {'smallest' if most else 'largest'} value that these rows allow, "
            f"{fixed(bound, 3)}, is beyond it. {hardly}"
        )
    if word == VerdictWord.NOT_ESTIMABLE:
        return "No number is not a good number: the requirement stays open until it is measured."
    if word == VerdictWord.PASS:
        return "Every bound that these rows allow is within the limit."
    return verdict.needs


def loose_tables(run: Run) -> list[Record]:
    """Return the tables that no figure shows; exclusions have a card of their own."""
    result = run.result or {}
    shown = {figure.get("table") for figure in result.get("figures", ())}
    return [
        table
        for table in result.get("tables", ())
        if table["key"] not in shown and table["key"] != EXCLUDED and table["rows"]
    ]


def excluded(run: Run) -> list[dict[str, Any]]:
    """Return who is not in the comparison, with how many and why."""
    return [
        {
            "group": _of_group(item.group),
            "n": item.n,
            "where": capital(item.where),
            "reason": reason_text(item.reason),
        }
        for item in left_out(run.result or {})
    ]


def _of_group(group: Mapping[str, str]) -> str:
    """Return "Hispanic", or "Sex not recorded"; the column stands where the value needs it."""
    parts = [
        f"{column} not recorded" if value == NOT_RECORDED else str(value)
        for column, value in group.items()
    ]
    return capital(", ".join(parts))
