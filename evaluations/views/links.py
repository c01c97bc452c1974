"""From a run to the risk it measures, the mitigation it verifies, and its confirmed words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from evaluations.forms.findings import LinkRiskForm, VerifyForm
from evaluations.services.links import link_risk_to_run, verify_mitigation_by_run
from evaluations.services.metrics import metric_at, metric_sentence
from evaluations.services.narrative import confirm_narrative
from evaluations.views.runs import run_in_sight, system_of
from rai_portal.errors import Refused
from registry.forms.binding import attempt
from registry.permissions import require_change
from registry.views.lists import number

if TYPE_CHECKING:
    from django.http import HttpResponse

    from evaluations.models import Run
    from rai_portal.web.requests import SignedInRequest
    from registry.models import AISystem


def system_required(run: Run) -> AISystem:
    """Return the system of a run; refused where it has none yet."""
    system = system_of(run)
    if system is None:
        message = (
            f"Run {run.pk} belongs to no system, so nothing can rest on it yet. Nothing was saved. "
            "Attach the audit to a system first."
        )
        raise Refused(message)
    return system


def metric_asked(request: SignedInRequest, run: Run) -> dict[str, Any] | None:
    """Return the metric that the address names with `?metric=`, None where it names none."""
    index = number(request, "metric")
    return None if index is None else metric_at(run, index)


def run_crumbs(run: Run) -> list[dict[str, str]]:
    """Return the way back to the run."""
    return [
        {"label": "Runs", "url": reverse("run_list")},
        {"label": f"Run {run.pk}", "url": reverse("run_detail", args=[run.pk])},
    ]


@require_http_methods(["GET", "POST"])
def run_link_risk(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that the run measures a risk."""
    run = run_in_sight(request, pk)
    require_change(request.user, run.portfolio_id)
    system, metric = system_required(run), metric_asked(request, run)
    form = LinkRiskForm(request.POST or None, system=system, run=run, metric=metric)
    if form.is_valid():
        data = form.cleaned_data
        link = attempt(
            form,
            lambda: link_risk_to_run(
                actor=request.user, risk=data["risk"], run=run, note=data["note"],
                verdict=data.get("verdict"), metric=str(metric["metric"]) if metric else "",
            ),
        )  # fmt: skip
        if link is not None:
            messages.success(request, f"{link.risk.code} is linked. Next: rate what is left of it.")
            return redirect("risk_detail", link.risk_id)
    context = {
        "form": form,
        "run": run,
        "system": system,
        "metric": metric_sentence(metric, method=run.method) if metric else "",
        "title": f"Link run {run.pk} to a risk",
        "lead": "A rating given after this is measured when it rests on a verdict that passed on "
        "the present scope; else it is attested, a person's word."
        if form.judged
        else "No check judged this run, so no rating can be measured by it. It is kept beside the "
        "risk for whoever reads it.",
        "submit": "Link",
        "cancel_url": reverse("run_detail", args=[run.pk]),
        "crumbs": run_crumbs(run),
    }
    return render(request, "evaluations/link_risk.html", context)


@require_http_methods(["GET", "POST"])
def run_verify(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that the run verifies a mitigation."""
    run = run_in_sight(request, pk)
    require_change(request.user, run.portfolio_id)
    form = VerifyForm(request.POST or None, system=system_required(run))
    if form.is_valid():
        data = form.cleaned_data
        row = attempt(
            form,
            lambda: verify_mitigation_by_run(
                actor=request.user, mitigation=data["mitigation"], run=run, note=data["note"]
            ),
        )
        if row is not None:
            messages.success(request, f"{row.title} is verified by run {run.pk}.")
            return redirect("risk_detail", row.risk_id)
    context = {
        "form": form,
        "title": f"Verify a mitigation by run {run.pk}",
        "lead": "A mitigation is done only when evidence says so; best is a run on new rows.",
        "submit": "Verify",
        "cancel_url": reverse("run_detail", args=[run.pk]),
        "crumbs": run_crumbs(run),
    }
    return render(request, "components/form_page.html", context)


@require_POST
def narrative_confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """Stand for the words that the portal drafted."""
    run = run_in_sight(request, pk, light=True)
    require_change(request.user, run.portfolio_id)
    confirm_narrative(actor=request.user, run=run)
    messages.success(request, "The narrative is confirmed in your name.")
    return redirect("run_detail", run.pk)
