"""Pages of findings: made from a metric, listed, linked to risks, closed with a note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from evaluations.choices import FindingState, Severity
from evaluations.forms.findings import CloseForm, FindingForm, ReopenForm, RisksForm
from evaluations.models import Finding
from evaluations.queries.finding_lists import FindingFilter, findings_shown
from evaluations.services import findings
from evaluations.services.metrics import metric_sentence
from evaluations.views.links import metric_asked, run_crumbs, system_required
from evaluations.views.runs import run_in_sight
from rai_portal.errors import NotAllowed
from registry.forms.binding import attempt
from registry.models import AISystem
from registry.permissions import may_change, require_change
from registry.queries.history import acts, entries_about
from registry.views.lists import chosen, in_order, number, page_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from evaluations.models import Run
    from rai_portal.web.requests import SignedInRequest

NOT_YOURS = (
    "You may not close this finding. Nothing was changed. Analysts, system owners and reviewers "
    "close findings; one of Sev1 or Sev2 neither who made it nor its owner."
)

SORTS = {"severity": "severity", "due": "due_date", "made": "created_at", "system": "system__name"}


@require_http_methods(["GET", "POST"])
def run_finding(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make a finding of a run; `?metric=` names the number it rests on."""
    run = run_in_sight(request, pk)
    require_change(request.user, run.portfolio_id)
    system, metric = system_required(run), metric_asked(request, run)
    form = FindingForm(request.POST or None, system=system, initial=_prefilled(run, metric))
    if form.is_valid():
        finding = attempt(
            form,
            lambda: findings.create_finding(
                actor=request.user, facts=form.facts(), system=system, run=run, metric=metric,
                risks=list(form.cleaned_data.get("risks") or ()),
            ),
        )  # fmt: skip
        if finding is not None:
            messages.success(request, "The finding is recorded. Next: name the risk behind it.")
            return redirect("finding_detail", finding.pk)
    context = {
        "form": form,
        "title": f"Make a finding of run {run.pk}",
        "lead": "A finding says what was observed, in numbers; it names no cause and no guilt.",
        "metric": metric_sentence(metric, method=run.method) if metric else "",
        "submit": "Record the finding",
        "cancel_url": reverse("run_detail", args=[run.pk]),
        "crumbs": run_crumbs(run),
    }
    return render(request, "evaluations/finding_form.html", context)


def _prefilled(run: Run, metric: dict[str, Any] | None) -> dict[str, Any]:
    """Return the title from the numbers, and a severity from the worst verdict."""
    title = metric_sentence(metric, method=run.method) if metric else run.headline
    # The headline says a gap in selection rates better than the metric's name does.
    if metric and metric["metric"] == "selection_rate_worst_difference" and run.headline:
        title = run.headline
    failed = run.verdicts.filter(verdict="fail").exists()
    severity = Severity.SEV2 if failed else Severity.SEV3
    return {"title": title[:160], "description": run.headline, "severity": severity}


def _wanted(request: SignedInRequest) -> FindingFilter:
    state = chosen(request, "state", [*FindingState.values, "all"]) or FindingState.OPEN.value
    return FindingFilter(
        text=request.GET.get("q", "").strip()[:200],
        system=number(request, "system"),
        release=number(request, "release"),
        run=number(request, "run"),
        severity=chosen(request, "severity", [str(value) for value in Severity.values]),
        state="" if state == "all" else state,
        owner=request.user.pk if request.GET.get("owner") == "me" else number(request, "owner"),
    )


@require_GET
def finding_list(request: SignedInRequest) -> HttpResponse:
    """List findings; filters stand in the address, open ones show unless asked otherwise."""
    page = page_of(
        in_order(findings_shown(request.user, _wanted(request)), request, SORTS), request
    )
    systems = AISystem.objects.visible_to(request.user)
    context = {
        "page": page,
        "systems": list(systems.values_list("pk", "name")[:200]),
        "severities": Severity.choices,
        "states": [*FindingState.choices, ("all", "All")],
        "owners": [("me", "Me")],
    }
    return render(request, "evaluations/finding_list.html", context)


def _finding(request: SignedInRequest, pk: int) -> Finding:
    rows = Finding.objects.visible_to(request.user).select_related(
        "system__portfolio", "release__system", "run", "owner", "created_by", "closed_by"
    )
    return get_object_or_404(rows.defer("run__result"), pk=pk)


@require_GET
def finding_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a finding with the number it rests on, its risks and its history."""
    finding = _finding(request, pk)
    may = may_change(request.user, finding.portfolio_id)
    method = finding.run.method if finding.run else ""
    linked = list(finding.risks.all())
    context = {
        "finding": finding,
        "may_close": findings.may_close(request.user, finding),
        "may_change": may,
        "metric": metric_sentence(finding.metric, method=method) if finding.metric else "",
        "risks": linked,
        "risks_form": RisksForm(
            system=finding.system, initial={"risks": [risk.pk for risk in linked]}
        ),
        "history": acts(list(entries_about(finding, request.user)[:30])),
    }
    return render(request, "evaluations/finding_detail.html", context)


@require_http_methods(["GET", "POST"])
def finding_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what is said of a finding."""
    finding = _finding(request, pk)
    require_change(request.user, finding.portfolio_id)
    begin = {
        "title": finding.title, "severity": finding.severity, "owner": finding.owner_id,
        "description": finding.description, "due_date": finding.due_date,
    }  # fmt: skip
    form = FindingForm(request.POST or None, system=finding.system, with_risks=False, initial=begin)
    changed = None
    if form.is_valid():
        changed = attempt(
            form,
            lambda: findings.update_finding(
                actor=request.user, finding=finding, facts=form.facts()
            ),
        )
    if changed is not None:
        messages.success(request, "The finding is changed.")
        return redirect("finding_detail", finding.pk)
    return _form_page(request, finding, form, "Change the finding", "Save")


@require_http_methods(["POST"])
def finding_risks(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say which risks the finding bears on."""
    finding = _finding(request, pk)
    require_change(request.user, finding.portfolio_id)
    form = RisksForm(request.POST, system=finding.system)
    if form.is_valid():
        risks = list(form.cleaned_data["risks"])
        findings.link_risks(actor=request.user, finding=finding, risks=risks)
        messages.success(request, "The risks of this finding are saved.")
    else:
        messages.error(request, "One of these risks is not of this system. Nothing was saved.")
    return redirect("finding_detail", finding.pk)


@require_http_methods(["GET", "POST"])
def finding_close(request: SignedInRequest, pk: int) -> HttpResponse:
    """Close a finding with what settled it."""
    finding = _finding(request, pk)
    if not findings.may_close(request.user, finding):
        raise NotAllowed(NOT_YOURS)
    form = CloseForm(request.POST or None)
    if (
        form.is_valid()
        and attempt(
            form,
            lambda: findings.close_finding(
                actor=request.user, finding=finding, note=form.cleaned_data["note"]
            ),
        )
        is not None
    ):
        messages.success(request, "The finding is closed.")
        return redirect("finding_detail", finding.pk)
    return _form_page(request, finding, form, "Close the finding", "Close it")


@require_http_methods(["GET", "POST"])
def finding_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open a closed finding again."""
    finding = _finding(request, pk)
    require_change(request.user, finding.portfolio_id)
    form = ReopenForm(request.POST or None)
    if (
        form.is_valid()
        and attempt(
            form,
            lambda: findings.reopen_finding(
                actor=request.user, finding=finding, reason=form.cleaned_data["reason"]
            ),
        )
        is not None
    ):
        messages.success(request, "The finding is open again.")
        return redirect("finding_detail", finding.pk)
    return _form_page(request, finding, form, "Open the finding again", "Open it")


def _form_page(
    request: SignedInRequest, finding: Finding, form: Any, title: str, submit: str
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "lead": finding.title,
        "submit": submit,
        "cancel_url": reverse("finding_detail", args=[finding.pk]),
        "crumbs": [{"label": "Findings", "url": reverse("finding_list")}],
    }
    return render(request, "components/form_page.html", context)
