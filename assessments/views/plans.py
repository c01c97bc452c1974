"""Proposing the plan that the policy asks for."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from assessments.services.gates import release_gate
from assessments.services.plans import proposal_of, propose
from rai_portal.web.requests import SignedInRequest
from registry.models import Release
from registry.permissions import require_change


def plan_propose(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what the policy would have measured; POST makes the draft plan."""
    rows = Release.objects.visible_to(request.user).select_related(
        "system__portfolio", "system__owner"
    )
    release = get_object_or_404(rows, pk=pk)
    require_change(request.user, release.portfolio_id)
    if request.method == "POST":
        _, proposal = propose(actor=request.user, release=release)
        left = f" {len(proposal.unplanned)} could not be planned yet." if proposal.unplanned else ""
        number = len(proposal.checks)
        messages.success(
            request,
            f"{number} check{'' if number == 1 else 's'} proposed.{left} Adjust, then lock the plan.",
        )
        return redirect("plan_detail", pk=release.pk)
    found = release_gate(release)
    context = {"release": release, "found": found, "proposal": proposal_of(found)}
    return render(request, "assessments/plan_propose.html", context)
