"""The plan of a release: read, adjusted with reasons, locked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from evaluations.forms.plans import AddCheckForm, AdjustForm, LockForm, ReasonForm
from evaluations.models import Check
from evaluations.queries.plan_page import check_rows, gone_data, plans_before
from evaluations.services import plans
from evaluations.services.foresight import ask_for_sizes
from rai_portal.errors import Refused
from registry.forms.binding import attempt
from registry.models import Release
from registry.permissions import may_change, require_change

if TYPE_CHECKING:
    from django.http import HttpResponse

    from evaluations.models import EvaluationPlan
    from rai_portal.web.requests import SignedInRequest


def release_in_sight(request: SignedInRequest, pk: int) -> Release:
    """Return the release with its system, or 404."""
    rows = Release.objects.visible_to(request.user).select_related(
        "system__portfolio", "system__owner", "model__file"
    )
    return get_object_or_404(rows, pk=pk)


def _check(request: SignedInRequest, pk: int) -> Check:
    rows = Check.objects.visible_to(request.user).select_related(
        "plan__release__system__portfolio", "plan__release__system__owner", "dataset"
    )
    return get_object_or_404(rows, pk=pk)


def _plan(release: Release) -> EvaluationPlan:
    plan = plans.current_plan(release)
    if plan is None:
        message = "This release has no plan yet. Nothing was changed. Propose one from the policy."
        raise Refused(message)
    return plan


@require_GET
def plan_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the checks with their limits, and what keeps the plan from being locked."""
    release = release_in_sight(request, pk)
    plan = plans.current_plan(release)
    may = may_change(request.user, release.portfolio_id)
    context: dict[str, Any] = {"release": release, "plan": plan, "may_change": may}
    if plan is not None:
        rows = check_rows(plan)
        context |= {
            "rows": [row for row in rows if not row.check.removed],
            "removed": [row for row in rows if row.check.removed],
            "weak": [row for row in rows if row.foreseen and row.foreseen.low],
            "counting": any(row.foreseen and row.foreseen.counting for row in rows),
            "uncounted": any(row.foreseen and row.foreseen.unknown for row in rows),
            "problems": plans.lock_problems(plan) if not plan.locked else [],
            "groups": plans.groups_of_checks(plan),
            "gone": gone_data(plan) if plan.locked else [],
            "lock_form": LockForm(),
            "before": plans_before(plan),
        }
    return render(request, "evaluations/plan_detail.html", context)


@require_http_methods(["GET", "POST"])
def plan_adjust(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a check's limit, dataset or parameters, with the reason."""
    check = _check(request, pk)
    require_change(request.user, check.portfolio_id)
    form = AdjustForm(request.POST or None, check=check)
    if form.is_valid():
        saved = attempt(
            form, lambda: plans.adjust_check(actor=request.user, check=check, **form.changes())
        )
        if saved is not None:
            messages.success(request, f"{check.short_title} is adjusted; the reason stands by it.")
            return redirect("plan_detail", check.plan.release_id)
    lead = "A limit that moves is shown with its reason, in the plan and in the memo."
    return _form_page(
        request,
        check,
        form,
        title=f"Adjust: {check.title}",
        lead=lead,
        submit="Adjust",
        template="evaluations/plan_adjust.html",
    )


@require_http_methods(["GET", "POST"])
def plan_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a check out of the plan."""
    check = _check(request, pk)
    require_change(request.user, check.portfolio_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        saved = attempt(
            form, lambda: plans.remove_check(actor=request.user, check=check, reason=reason)
        )
        if saved is not None:
            messages.success(request, f"{check.short_title} is taken out; it stays visible.")
            return redirect("plan_detail", check.plan.release_id)
    lead = "It stays visible with your reason, and its requirement stays open at the gate."
    return _form_page(
        request, check, form, title=f"Take out: {check.title}", lead=lead, submit="Take it out"
    )


@require_http_methods(["GET", "POST"])
def plan_restore(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a check in again."""
    check = _check(request, pk)
    require_change(request.user, check.portfolio_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        saved = attempt(
            form, lambda: plans.restore_check(actor=request.user, check=check, reason=reason)
        )
        if saved is not None:
            messages.success(request, f"{check.short_title} is part of the plan again.")
            return redirect("plan_detail", check.plan.release_id)
    lead = "It will be measured again, and its requirement with it."
    return _form_page(
        request, check, form, title=f"Take in: {check.title}", lead=lead, submit="Take it in"
    )


def _form_page(
    request: SignedInRequest,
    check: Check,
    form: Any,
    *,
    title: str,
    lead: str,
    submit: str,
    template: str = "components/form_page.html",
) -> HttpResponse:
    release = check.plan.release
    context = {
        "form": form,
        "check": check,
        "title": title,
        "lead": lead,
        "submit": submit,
        "cancel_url": reverse("plan_detail", args=[release.pk]),
        "crumbs": _crumbs(release),
    }
    return render(request, template, context)


def _crumbs(release: Release) -> list[dict[str, str]]:
    return [
        {"label": release.system.name, "url": reverse("system_detail", args=[release.system_id])},
        {
            "label": f"Release {release.version}",
            "url": reverse("release_detail", args=[release.pk]),
        },
        {"label": "Plan", "url": reverse("plan_detail", args=[release.pk])},
    ]


@require_http_methods(["GET", "POST"])
def plan_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Add a check that the policy did not ask for."""
    release = release_in_sight(request, pk)
    require_change(request.user, release.portfolio_id)
    plan = _plan(release)
    form = AddCheckForm(request.POST or None, release=release)
    if form.is_valid():
        data = form.cleaned_data
        method, _, metric = data["metric"].partition(" ")
        planned = plans.PlannedCheckInput(
            requirement="",
            title=data["title"],
            short_title=data["title"][:80],
            method=method,
            metric=metric,
            by=tuple(data["by"]),
            direction=data["direction"],
            threshold=data["threshold"],
            dataset=data["dataset"],
        )
        added = attempt(
            form,
            lambda: plans.add_check(
                actor=request.user, plan=plan, planned=planned, reason=data["reason"]
            ),
        )
        if added is not None:
            messages.success(request, f"{added.short_title} is part of the plan.")
            return redirect("plan_detail", release.pk)
    context = {
        "form": form,
        "title": "Add a check",
        "lead": "A check beyond the policy. It is measured and shown; no requirement rests on it.",
        "submit": "Add the check",
        "cancel_url": reverse("plan_detail", args=[release.pk]),
        "crumbs": _crumbs(release),
    }
    return render(request, "components/form_page.html", context)


@require_http_methods(["POST"])
def plan_lock(request: SignedInRequest, pk: int) -> HttpResponse:
    """Fix the limits before the first run that counts."""
    release = release_in_sight(request, pk)
    require_change(request.user, release.portfolio_id)
    reason = request.POST.get("reason", "")[:2000]
    plans.lock_plan(actor=request.user, plan=_plan(release), reason=reason)
    messages.success(request, "The plan is locked. Next: start its runs.")
    return redirect("release_runs", release.pk)


@require_http_methods(["POST"])
def plan_sizes(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have the groups counted, so that the draft shows what its checks can show."""
    release = release_in_sight(request, pk)
    require_change(request.user, release.portfolio_id)
    ask_for_sizes(actor=request.user, plan=_plan(release))
    return redirect("plan_detail", release.pk)


@require_http_methods(["GET", "POST"])
def plan_replace(request: SignedInRequest, pk: int) -> HttpResponse:
    """Replace a locked plan by a new draft, with the reason."""
    release = release_in_sight(request, pk)
    require_change(request.user, release.portfolio_id)
    plan = _plan(release)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        draft = attempt(
            form, lambda: plans.replace_plan(actor=request.user, plan=plan, reason=reason)
        )
        if draft is not None:
            messages.success(request, f"{draft} is a draft. The locked plan stays in view.")
            return redirect("plan_detail", release.pk)
    context = {
        "form": form,
        "title": f"Replace plan {plan.number}",
        "lead": "Its runs stay. Checks of the new plan must run again, and each is another look. "
        "A limit that moved after results were seen is shown as such, for ever.",
        "submit": "Make a new draft",
        "cancel_url": reverse("plan_detail", args=[release.pk]),
        "crumbs": _crumbs(release),
    }
    return render(request, "components/form_page.html", context)
