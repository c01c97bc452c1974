"""Starting, repeating and cancelling runs; the runs step of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.forms.runs import ExploreForm
from evaluations.models import Check, Run
from evaluations.permissions import may_start, require_start
from evaluations.queries.plan_page import check_rows, gone_data
from evaluations.queries.run_lists import for_list, verdict_counts
from evaluations.services.evidence import runs_by_check
from evaluations.services.plans import current_plan
from evaluations.services.runs import (
    cancel_run,
    repeat_run,
    start_runs,
    start_uncounted_run,
)
from evaluations.views.plans import release_in_sight
from evaluations.views.runs import run_in_sight
from rai_portal.work.choices import WorkState
from registry.forms.binding import attempt

if TYPE_CHECKING:
    from django.http import HttpResponse

    from rai_portal.web.requests import SignedInRequest

UNDER_WAY = (WorkState.QUEUED, WorkState.RUNNING)


@require_GET
def release_runs(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show each check of the plan with its newest run; start all, or one."""
    release = release_in_sight(request, pk)
    plan = current_plan(release)
    context: dict[str, Any] = {
        "release": release,
        "plan": plan,
        "may_start": may_start(request.user, release.portfolio_id),
        "others": [
            (run, verdict_counts(run)) for run in for_list(Run.objects.filter(release=release))[:50]
        ],
    }
    if plan is not None and plan.locked:
        digest = release.scope_digest()
        by_check = runs_by_check(release)
        rows: list[dict[str, Any]] = []
        for row in check_rows(plan):
            if row.check.removed:
                continue
            runs = by_check.get(row.check.pk, [])
            newest = runs[0] if runs else None
            rows.append(
                {
                    "row": row,
                    "run": newest,
                    "current": newest is not None and newest.scope_digest == digest,
                    "under_way": newest is not None and newest.state in UNDER_WAY,
                }
            )
        context |= {
            "rows": rows,
            "gone": gone_data(plan),
            "open": [
                item for item in rows if not (item["current"] and item["run"].state == "succeeded")
            ],
            "under_way": [item for item in rows if item["under_way"]],
        }
    return render(request, "evaluations/release_runs.html", context)


@require_POST
def run_start(request: SignedInRequest, pk: int) -> HttpResponse:
    """Start the runs of the locked plan, or that of the check named."""
    release = release_in_sight(request, pk)
    require_start(request.user, release.portfolio_id)
    checks = None
    if request.POST.get("check", "").isdigit():
        rows = Check.objects.visible_to(request.user).filter(plan__release=release)
        checks = [get_object_or_404(rows, pk=int(request.POST["check"]))]
    started = start_runs(actor=request.user, release=release, checks=checks)
    if len(started) == 1:
        messages.success(request, f"Run {started[0].pk} waits for a worker.")
        return redirect("run_detail", started[0].pk)
    messages.success(request, f"{len(started)} runs wait for a worker.")
    return redirect("release_runs", release.pk)


@require_http_methods(["GET", "POST"])
def run_explore(request: SignedInRequest, pk: int) -> HttpResponse:
    """Run a method before the plan is locked; nothing rests on it."""
    release = release_in_sight(request, pk)
    require_start(request.user, release.portfolio_id)
    chosen = (request.POST or request.GET).get("method", "")
    form = ExploreForm(request.POST or None, release=release, chosen=chosen)
    if form.is_valid():
        data = form.cleaned_data
        run = attempt(
            form,
            lambda: start_uncounted_run(
                actor=request.user,
                method=data["method"],
                dataset=data["dataset"],
                release=release,
                parameters=form.parameters(),
            ),
        )
        if run is not None:
            where = "has its result" if run.ended else "waits for a worker"
            messages.success(request, f"Run {run.pk} {where}. It does not count.")
            return redirect("run_detail", run.pk)
    context = {
        "form": form,
        "title": f"Explore {release}",
        "lead": "To look before limits are fixed. No verdict, look or gate rests on this run, and "
        "it is marked so wherever it is shown.",
        "submit": "Start the run",
        "cancel_url": reverse("release_runs", args=[release.pk]),
        "draft": False,
    }
    return render(request, "evaluations/run_explore.html", context)


@require_POST
def run_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask a run to stop."""
    run = run_in_sight(request, pk, light=True)
    require_start(request.user, run.portfolio_id)
    cancel_run(actor=request.user, run=run)
    messages.success(request, f"Run {run.pk} was asked to stop. Nothing of it is kept.")
    return redirect("run_detail", run.pk)


@require_POST
def run_repeat(request: SignedInRequest, pk: int) -> HttpResponse:
    """Run the same once more; the digests are compared."""
    run = run_in_sight(request, pk, light=True)
    require_start(request.user, run.portfolio_id)
    again = repeat_run(actor=request.user, run=run)
    messages.success(
        request, f"Run {again.pk} repeats run {again.repeat_of_id}; their digests are compared."
    )
    return redirect("run_detail", again.pk)
