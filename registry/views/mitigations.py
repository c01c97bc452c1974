"""Pages of mitigations; they are listed on their risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from registry.forms.binding import attempt
from registry.forms.risks import MitigationForm, StatusForm, VerifyForm
from registry.models import Mitigation, Risk
from registry.permissions import require_change
from registry.services.mitigations import (
    create_mitigation,
    reopen_mitigation,
    set_status,
    update_mitigation,
    verify_mitigation,
)
from registry.views.risks import risk_in_sight

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse

    from rai_portal.web.requests import SignedInRequest


def _mitigation(request: SignedInRequest, pk: int) -> Mitigation:
    rows = Mitigation.objects.visible_to(request.user)
    row = get_object_or_404(rows.select_related("risk__system__portfolio", "owner"), pk=pk)
    require_change(request.user, row.portfolio_id)
    return row


def _page(
    request: SignedInRequest, form: forms.Form, risk: Risk, *, title: str, lead: str, submit: str
) -> HttpResponse:
    back = reverse("risk_detail", args=[risk.pk])
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "lead": lead,
        "submit": submit,
        "cancel_url": back,
        "crumbs": [{"label": str(risk), "url": back}],
    }
    return render(request, "components/form_page.html", context)


@require_http_methods(["GET", "POST"])
def mitigation_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Plan an action against a risk."""
    risk = risk_in_sight(request, pk)
    require_change(request.user, risk.portfolio_id)
    form = MitigationForm(request.POST or None, risk=risk)
    if form.is_valid():
        made = attempt(
            form, lambda: create_mitigation(actor=request.user, risk=risk, facts=form.facts())
        )
        if made is not None:
            messages.success(request, "The mitigation is planned.")
            return redirect("risk_detail", pk)
    return _page(
        request, form, risk, title=f"Plan a mitigation of {risk.code}", submit="Plan it",
        lead="It counts as done only when somebody else has verified it by evidence.",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def mitigation_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change an action."""
    row = _mitigation(request, pk)
    form = MitigationForm(request.POST or None, risk=row.risk, mitigation=row)
    if form.is_valid():
        changed = attempt(
            form, lambda: update_mitigation(actor=request.user, mitigation=row, facts=form.facts())
        )
        if changed is not None:
            messages.success(request, "The mitigation is saved.")
            return redirect("risk_detail", row.risk_id)
    return _page(request, form, row.risk, title=f"Edit “{row.title}”", lead="", submit="Save")


@require_http_methods(["GET", "POST"])
def mitigation_status(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say how far an action is."""
    row = _mitigation(request, pk)
    form = StatusForm(request.POST or None, initial={"status": row.status})
    if form.is_valid():
        data = form.cleaned_data
        changed = attempt(
            form,
            lambda: set_status(
                actor=request.user, mitigation=row, status=data["status"], reason=data["reason"]
            ),
        )
        if changed is not None:
            messages.success(request, f"“{row.title}”: {changed.get_status_display().lower()}.")
            return redirect("risk_detail", row.risk_id)
    return _page(
        request, form, row.risk, title=f"How far is “{row.title}”?", submit="Save",
        lead="Done means somebody has still to verify it.",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def mitigation_verify(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that an action works, on evidence."""
    row = _mitigation(request, pk)
    form = VerifyForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        data = form.cleaned_data
        verified = attempt(
            form,
            lambda: verify_mitigation(
                actor=request.user,
                mitigation=row,
                note=data["note"],
                reference=data["reference"],
                evidence=form.upload(),
            ),
        )
        if verified is not None:
            messages.success(request, f"“{row.title}” is verified. Next: rate the risk again.")
            return redirect("risk_detail", row.risk_id)
    return _page(
        request, form, row.risk, title=f"Verify “{row.title}”", submit="Verify",
        lead="Evidence that it works against the risk, best a new run after it was done.",
    )  # fmt: skip


@require_POST
def mitigation_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back a verification that no longer holds."""
    row = _mitigation(request, pk)
    reopen_mitigation(actor=request.user, mitigation=row, reason=request.POST.get("reason", ""))
    messages.success(request, f"“{row.title}” is open again.")
    return redirect("risk_detail", row.risk_id)
