"""What the plan page shows of each check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from evaluations.choices import Direction
from evaluations.methods import catalogue
from evaluations.methods.inputs import BadInput
from evaluations.queries.plan_foresight import Foreseen, foreseen_of
from evaluations.services.evidence import verdicts_of_plan
from evaluations.services.limits import LimitChange, limit_history
from rai_portal.web.numbers import limit_text

if TYPE_CHECKING:
    from evaluations.models import Check, EvaluationPlan, RunVerdict


WORDS = ("outcome_word", "people_word")
"""Parameters that change sentences, never numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """A check with its words. moved: the plans in which its limit changed after a lock."""

    check: Check
    method: str
    limit: str
    metric: str
    meaning: str
    parameters: str
    verdict: RunVerdict | None
    moved: tuple[LimitChange, ...]
    foreseen: Foreseen | None


def gone_data(plan: EvaluationPlan) -> list[str]:
    """Return the names of the plan's datasets that the release no longer holds."""
    held = set(plan.release.release_datasets.values_list("dataset_id", flat=True))
    checks = plan.checks.filter(removed=False, dataset__isnull=False).exclude(dataset__in=held)
    return sorted({str(check.dataset) for check in checks.select_related("dataset")})


def limit_words(check: Check) -> str:
    """Return "at most 0.10", or "estimable for every group"."""
    if check.direction == Direction.ESTIMABLE or check.threshold is None:
        return "estimable for every group" if check.by else "estimable"
    return f"{check.get_direction_display().lower()} {limit_text(float(check.threshold))}"


def parameter_words(method: str, parameters: Mapping[str, Any]) -> str:
    """Return the parameters as people read them: "minimum group size 30"."""
    try:
        properties: dict[str, dict[str, Any]] = catalogue.get(method).schema()["properties"]
    except BadInput:
        properties = {}
    named = (
        (properties.get(name, {}).get("title", name.replace("_", " ")), value)
        for name, value in sorted(parameters.items())
        if value != "" and name not in WORDS
    )
    return ", ".join(f"{title[:1].lower()}{title[1:]} {value}" for title, value in named)


def method_title(method: str) -> str:
    """Return the catalogue's title of a method, or its key where it is not installed."""
    try:
        return catalogue.get(method).title
    except BadInput:
        return method


def metric_words(method: str, metric: str) -> tuple[str, str]:
    """Return the title and the one-line meaning of a metric."""
    try:
        spec = catalogue.get(method).metric(metric)
    except (BadInput, KeyError):
        return metric.replace("_", " "), ""
    return spec.title, spec.meaning


def check_rows(plan: EvaluationPlan) -> list[CheckRow]:
    """Return every check of the plan, removed ones included."""
    verdicts = verdicts_of_plan(plan)
    checks = plan.checks.select_related("dataset__file", "plan__release")
    rows = list(checks.prefetch_related("dataset__columns"))
    foreseen = foreseen_of(plan, rows)
    return [_row(plan, check, verdicts.get(check.pk), foreseen.get(check.pk)) for check in rows]


def _row(
    plan: EvaluationPlan, check: Check, verdict: RunVerdict | None, foreseen: Foreseen | None
) -> CheckRow:
    title, meaning = metric_words(check.method, check.metric)
    moved = [change for change in limit_history(check) if change.moved] if plan.number > 1 else []
    return CheckRow(
        check=check,
        method=method_title(check.method),
        limit=limit_words(check),
        metric=title,
        meaning=meaning,
        parameters=parameter_words(check.method, check.parameters),
        verdict=verdict,
        moved=tuple(moved),
        foreseen=foreseen,
    )


def plans_before(plan: EvaluationPlan) -> QuerySet[EvaluationPlan]:
    """Return the plans that this one replaced, newest first."""
    rows = plan.release.evaluation_plans.filter(number__lt=plan.number)
    return rows.select_related("locked_by").order_by("-number")
