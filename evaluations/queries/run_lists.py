"""Runs for lists: a constant number of queries, without results."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q, QuerySet

from evaluations.models import Run, RunVerdict
from evaluations.queries.run_page import WORST_FIRST

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """What a list of runs is limited to; empty means any."""

    text: str = ""
    system: int | None = None
    release: int | None = None
    method: str = ""
    state: str = ""
    verdict: str = ""
    counts: str = ""


def runs_shown(user: User, wanted: RunFilter) -> QuerySet[Run]:
    """Return the runs in sight that the filter lets through, newest first."""
    rows = Run.objects.visible_to(user)
    exact = {
        "release__system": wanted.system,
        "release": wanted.release,
        "method": wanted.method,
        "state": wanted.state,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.verdict:
        rows = rows.filter(verdicts__verdict=wanted.verdict).distinct()
    if wanted.counts:
        rows = rows.filter(counts=wanted.counts == "yes")
    if wanted.text:
        number = wanted.text.removeprefix("run ").strip()
        found = Q(title__icontains=wanted.text) | Q(dataset__name__icontains=wanted.text)
        if number.isascii() and number.isdigit() and len(number) < 18:
            found |= Q(pk=int(number))
        rows = rows.filter(found)
    return for_list(rows)


def for_list(rows: QuerySet[Run]) -> QuerySet[Run]:
    """Read what a row of a list shows beside the run."""
    verdicts = RunVerdict.objects.only("run_id", "verdict", "check_row_id")
    return (
        rows.select_related("release__system", "dataset", "started_by", "quick_audit")
        .defer("result", "dataset__profile")
        .prefetch_related(Prefetch("verdicts", queryset=verdicts))
    )


def verdict_counts(run: Run) -> dict[str, int]:
    """Return how many checks say what, worst first."""
    counts = Counter(str(verdict.verdict) for verdict in run.verdicts.all())
    return {word.value: counts[word.value] for word in WORST_FIRST if counts[word.value]}
