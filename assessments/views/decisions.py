"""The decision log: who decided what, on which evidence, under which policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from assessments.choices import DecisionKind, ReviewState
from assessments.forms.refusals import beside_fields
from assessments.forms.reviews import NoteForm
from assessments.models import Decision, DecisionCondition, ExceptionGrant, Intake, Review, Vote
from assessments.rules.statuses import OUTCOME_MEANINGS
from assessments.services.decisions import may_confirm, require_confirmer
from assessments.services.gates import gate_outcomes, release_gate
from assessments.services.papers import papers_of_decision
from assessments.services.review_page import kept_lines
from assessments.services.reviews import condition_meet
from rai_portal.accounts.models import Portfolio
from rai_portal.web.requests import SignedInRequest
from registry.models import AISystem
from registry.views.lists import chosen, number, page_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_SYSTEMS = 200
NOT_ASKED = "not_applicable"
TONES = {"go": "good", "go_with_conditions": "good", "no_go": "bad"}


def _rows(request: SignedInRequest) -> QuerySet[Decision]:
    votes = Vote.objects.select_related("voter").order_by("pk")
    return (
        Decision.objects.visible_to(request.user)
        .select_related("release__system__portfolio", "gate", "policy", "review")
        .defer("policy__text", "gate__record")
        .prefetch_related(Prefetch("review__votes", votes))
    )


@require_GET
def decision_list(request: SignedInRequest) -> HttpResponse:
    """List every decision in sight, the newest first."""
    rows = _rows(request)
    kind = chosen(request, "kind", DecisionKind.values)
    system, portfolio = number(request, "system"), number(request, "portfolio")
    words = request.GET.get("q", "").strip()
    if kind:
        rows = rows.filter(kind=kind)
    if system is not None:
        rows = rows.filter(release__system=system)
    if portfolio is not None:
        rows = rows.filter(release__system__portfolio=portfolio)
    if words:
        rows = rows.filter(Q(release__system__name__icontains=words) | Q(reason__icontains=words))
    page = page_of(rows, request)
    context = {
        "title": "Decision log",
        "summary": "Every decision: who took it, on which evidence, under which policy.",
        "noun": "decisions",
        "page": page,
        "kinds": DecisionKind.choices,
        "portfolios": [
            (str(item.pk), item.name) for item in Portfolio.objects.visible_to(request.user)
        ],
        "systems": _systems(request),
        **_beside(list(page.object_list)),
    }
    return render(request, "assessments/decision_list.html", context)


def _systems(request: SignedInRequest) -> list[tuple[str, str]]:
    """Return the systems about which something was decided, for the filter."""
    rows = AISystem.objects.visible_to(request.user).filter(releases__decisions__isnull=False)
    return [
        (str(pk), name) for pk, name in rows.distinct().values_list("pk", "name")[:MOST_SYSTEMS]
    ]


def _beside(decisions: list[Decision]) -> dict[str, Any]:
    """Return tiers and present outcomes of the releases shown, in a constant number of queries."""
    releases = list({item.release_id: item.release for item in decisions}.values())
    tiers = Intake.objects.filter(release__in=releases).values_list("release_id", "tier")
    return {"tiers": dict(tiers), "outcomes": gate_outcomes(releases)}


@require_GET
def decision_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one decision with its signatures, its gate, its conditions and its papers."""
    decision = get_object_or_404(
        _rows(request).select_related("review__recommended_by").defer("policy__text"), pk=pk
    )
    release = decision.release
    found = release_gate(release)
    conditions = list(decision.conditions.select_related("owner", "met_by"))
    confirms = bool(conditions) and may_confirm(request.user, decision)
    lines = kept_lines(release.pk, decision.gate.record)
    context = {
        "decision": decision,
        "release": release,
        "found": found,
        "tone": TONES[decision.kind],
        "later": {pk for pk, first in found.hands.items() if first > decision.decided_at},
        "latest": found.gate.decision_id == str(decision.pk),
        "meaning": OUTCOME_MEANINGS[found.gate.outcome],
        "lines": [line for line in lines if line.status != NOT_ASKED],
        "not_asked": [line for line in lines if line.status == NOT_ASKED],
        "conditions": [
            (item, confirms and item.met_at is None and item.owner_id != request.user.pk)
            for item in conditions
        ],
        "today": timezone.localdate(),
        "exceptions": ExceptionGrant.objects.filter(
            release=release, scope_digest=decision.scope_digest, granted_by__isnull=False
        ).select_related("granted_by"),
        "papers": papers_of_decision(decision),
    }
    return render(request, "assessments/decision_detail.html", context)


@require_http_methods(["GET", "POST"])
def condition_met(request: SignedInRequest, pk: int) -> HttpResponse:
    """Confirm that a condition is met, naming what shows it."""
    condition = get_object_or_404(
        DecisionCondition.objects.visible_to(request.user).select_related(
            "decision__release__system", "owner"
        ),
        pk=pk,
    )
    require_confirmer(request.user, condition)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with beside_fields(form):
            condition_meet(actor=request.user, condition=condition, **form.cleaned_data)
            messages.success(request, "The condition is met; your name stands beside it.")
            return redirect("decision_detail", condition.decision_id)
    context = {
        "form": form,
        "title": "Confirm a condition",
        "lead": f"{condition.text} Owner: {condition.owner}, due {condition.due_date}.",
        "submit": "Confirm that it is met",
        "cancel_url": reverse("decision_detail", args=[condition.decision_id]),
    }
    code = 422 if form.errors else 200
    return render(request, "components/form_page.html", context, status=code)


@require_GET
def system_decisions(request: SignedInRequest, pk: int) -> HttpResponse:
    """List a system's decisions and what waits for the board."""
    system = get_object_or_404(
        AISystem.objects.visible_to(request.user).select_related("portfolio", "owner"), pk=pk
    )
    page = page_of(_rows(request).filter(release__system=system), request)
    waiting = Review.objects.filter(release__system=system, state=ReviewState.OPEN)
    context = {
        "system": system,
        "page": page,
        "waiting": waiting.select_related("release__system", "recommended_by"),
        **_beside(list(page.object_list)),
    }
    return render(request, "assessments/system_decisions.html", context)
