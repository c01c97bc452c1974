"""What runs say of checks and risks: read by pages, gates and documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When

from evaluations.choices import VerdictWord
from evaluations.models import EvaluationPlan, RiskRun, Run, RunVerdict
from evaluations.services.comparison import ComparedMetric, Comparison, compare
from evaluations.services.plans import current_plan
from rai_portal.work.choices import WorkState

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from rai_portal.accounts.models import User
    from registry.models import Release, Risk
    from registry.models.risk import RiskQuerySet

__all__ = [
    "ComparedMetric",
    "Comparison",
    "compare",
    "earlier_runs",
    "is_stale",
    "latest_verdicts",
    "risk_basis",
    "runs_by_check",
    "verdicts_of_plan",
    "with_basis",
]

MEASURED, ATTESTED, MISSING = "measured", "attested", "missing"


def verdicts_of_plan(plan: EvaluationPlan) -> dict[int, RunVerdict]:
    """Return the newest verdict that counts for each check of the plan, by the check's id."""
    rows = (
        RunVerdict.objects.filter(check_row__plan=plan, run__counts=True)
        .select_related("run")
        .defer("run__result")
        .order_by("run_id")
    )
    return {row.check_row_id: row for row in rows}


def latest_verdicts(release: Release) -> dict[int, RunVerdict]:
    """Return the newest verdict of each check of the release's newest plan; empty without one."""
    plan = current_plan(release)
    return {} if plan is None else verdicts_of_plan(plan)


def runs_by_check(release: Release) -> dict[int, list[Run]]:
    """Return the runs that count for each check of the newest plan, newest first."""
    plan = current_plan(release)
    if plan is None:
        return {}
    found: dict[int, list[Run]] = {pk: [] for pk in plan.checks.values_list("pk", flat=True)}
    runs = Run.objects.filter(plan=plan, counts=True).prefetch_related("checks")
    for run in runs.defer("result").order_by("-pk"):
        for check in run.checks.all():
            found.setdefault(check.pk, []).append(run)
    return found


def is_stale(run: Run, scope_digest: str | None = None) -> bool:
    """Return whether the release has another scope now than when the run was started.

    scope_digest: the release's own, where the caller has it already.
    """
    if run.release is None:
        return False
    now = scope_digest if scope_digest is not None else run.release.scope_digest()
    return run.scope_digest != now


def risk_basis(risks: Iterable[Risk]) -> dict[int, str]:
    """Return what the rating of each risk rests on, by its id: as `with_basis` reads it."""
    from registry.models import Risk as RiskModel

    ids = [risk.pk for risk in risks]
    rows = with_basis(RiskModel.objects.filter(pk__in=ids))
    # The annotation is made in another function, where the type checker does not look.
    return {row.pk: row.basis for row in rows.order_by()}  # type: ignore[attr-defined]


def with_basis(risks: RiskQuerySet) -> RiskQuerySet:
    """Annotate each risk with `basis`: "measured", "attested" or "missing".

    Measured: rated after it was linked to a verdict that passed a limit, in a run that counts, on
    data and a model that its release still consists of. The gate of a release is stricter: it
    compares the whole scope by its digest, the plan, and every run of the same check.
    Attested: rated, by a person with a reason or a file. All else is missing.
    """
    links = RiskRun.objects.filter(risk=OuterRef("pk"), created_at__lte=OuterRef("rated_at"))
    current = _current_links(links)
    return risks.annotate(
        basis=Case(
            When(Q(current_score__isnull=True), then=Value(MISSING)),
            When(Exists(current), then=Value(MEASURED)),
            When(~Q(rating_rationale="") | Q(rating_evidence__isnull=False), then=Value(ATTESTED)),
            default=Value(MISSING),
            output_field=CharField(),
        )
    )


def _current_links(links: QuerySet[RiskRun]) -> QuerySet[RiskRun]:
    """Return links to passed limits, in runs on what the run's release still consists of."""
    passed = links.filter(
        run__state=WorkState.SUCCEEDED,
        run__counts=True,
        verdict__verdict=VerdictWord.PASS,
        verdict__threshold__isnull=False,
    )
    return passed.filter(
        Q(run__release__release_datasets__dataset=F("run__dataset"))
        & (Q(run__model__isnull=True) | Q(run__model=F("run__release__model")))
    )


def earlier_runs(run: Run, user: User) -> QuerySet[Run]:
    """Return older results of the same method on the same system, for a comparison."""
    runs = Run.objects.visible_to(user).filter(
        state=WorkState.SUCCEEDED, method=run.method, pk__lt=run.pk
    )
    if run.release is not None:
        runs = runs.filter(release__system=run.release.system_id)
    else:
        runs = runs.filter(release__isnull=True, portfolio=run.portfolio_id)
    return runs.select_related("release__system", "dataset").defer("result").order_by("-pk")
