"""The Risks step of a release, and taking a risk."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from assessments.forms.evidence import AcceptanceForm
from assessments.forms.refusals import beside_fields
from assessments.services.acceptances import accept_risk, case_of, require_right
from assessments.services.gates import release_gate
from assessments.services.heads import count_risks
from assessments.services.risk_page import acceptances_of, risk_rows
from assessments.views.gates import visible_release
from rai_portal.web.requests import SignedInRequest
from registry.models import Risk
from registry.permissions import may_change


def release_risks(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what could go wrong, what each rating rests on, and what is over appetite."""
    release = visible_release(request, pk)
    found = release_gate(release)
    user = request.user
    context = {
        "release": release,
        "found": found,
        "rows": risk_rows(found, user),
        "counted": count_risks(found),
        "appetite": found.policy.risk_matrix.appetite if found.policy else "",
        "statuses": [item for item in found.gate.requirements if item.category == "risk"],
        "may_change": may_change(user, release.portfolio_id),
    }
    return render(request, "assessments/release_risks.html", context)


def risk_accept(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a residual risk until a day."""
    rows = Risk.objects.visible_to(request.user).select_related(
        "system__portfolio", "system__owner", "owner", "rated_by"
    )
    risk = get_object_or_404(rows, pk=pk)
    case = case_of(risk)
    require_right(request.user, case)
    latest = case.last_day(timezone.now().date())
    form = AcceptanceForm(request.POST or None, latest=latest)
    if request.method == "POST" and form.is_valid():
        with beside_fields(form):
            accept_risk(actor=request.user, risk=risk, **form.cleaned_data)
        if not form.errors:
            messages.success(request, f"{risk.code} is accepted under your name.")
            return redirect("risk_detail", pk=risk.pk)
    context = {
        "risk": risk,
        "case": case,
        "form": form,
        "earlier": acceptances_of(risk),
        "cancel_url": reverse("risk_detail", args=[risk.pk]),
    }
    code = 422 if form.errors else 200
    return render(request, "assessments/risk_accept.html", context, status=code)
