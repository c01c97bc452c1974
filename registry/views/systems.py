"""Pages of AI systems."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from rai_portal.accounts.models import Portfolio
from registry import risk_basis, risk_scale
from registry.choices import Kind, LifecycleStage, RiskState
from registry.exports import csv_response
from registry.forms.binding import attempt
from registry.forms.systems import SystemForm
from registry.models import AISystem, Risk
from registry.people import portfolios_to_change, require_change_somewhere
from registry.permissions import may_change, require_change
from registry.queries.history import acts, entries_about_system
from registry.queries.risks import with_rows_beside, worst_mitigation
from registry.queries.systems import SORTS, SystemFilter, systems_shown
from registry.services.systems import register_system, update_system
from registry.views.lists import chosen, in_order, number, page_of, query

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from rai_portal.web.requests import SignedInRequest

TIERS = [(str(tier), f"Tier {tier}") for tier in range(1, 5)] + [("0", "Not tiered yet")]


def shown(request: SignedInRequest) -> QuerySet[Any]:
    """Return the systems that the address asks for."""
    tier = chosen(request, "tier", [value for value, _ in TIERS])
    wanted = SystemFilter(
        text=request.GET.get("q", "").strip()[:200],
        kind=chosen(request, "kind", Kind.values),
        stage=chosen(request, "stage", LifecycleStage.values),
        portfolio=number(request, "portfolio"),
        owner=number(request, "owner"),
        tier=int(tier) if tier else None,
    )
    return in_order(systems_shown(request.user, wanted), request, SORTS)


@require_GET
def system_list(request: SignedInRequest) -> HttpResponse:
    """List the systems in sight."""
    portfolios = list(Portfolio.objects.visible_to(request.user))
    may_add = portfolios_to_change(request.user).exists()
    context = {
        "title": "Systems",
        "summary": "What people are affected by. Each has releases; each release has a gate.",
        "page": page_of(shown(request), request),
        "noun": "systems",
        "new_url": reverse("system_new") if may_add else "",
        "new_label": "Register a system",
        "csv_url": reverse("system_export") + query(request),
        "kinds": Kind.choices,
        "stages": LifecycleStage.choices,
        "tiers": TIERS,
        "portfolios": [(item.pk, item.name) for item in portfolios],
        "filtered": bool(query(request)),
    }
    return render(request, "registry/system_list.html", context)


@require_GET
def system_export(request: SignedInRequest) -> HttpResponseBase:
    """Download what the list shows."""
    header = (
        "id", "name", "portfolio", "kind", "stage", "tier", "owner", "newest release",
        "open risks", "purpose",
    )  # fmt: skip
    rows = (
        (
            row.pk, row.name, row.portfolio.name, row.get_kind_display(), row.get_stage_display(),
            row.tier, str(row.owner), row.version, row.open_risks, row.purpose,
        )
        for row in shown(request).iterator()
    )  # fmt: skip
    return csv_response("systems.csv", header, rows)


@require_http_methods(["GET", "POST"])
def system_new(request: SignedInRequest) -> HttpResponse:
    """Register a system."""
    require_change_somewhere(request.user, "systems", "register")
    form = SystemForm(request.POST or None, user=request.user)
    if form.is_valid():
        portfolio = form.cleaned_data["portfolio"]
        system = attempt(
            form,
            lambda: register_system(actor=request.user, portfolio=portfolio, facts=form.facts()),
        )
        if system is not None:
            messages.success(request, f"{system.name} is registered. Next: its first release.")
            return redirect("release_new", system.pk)
    context = {
        "form": form,
        "title": "Register a system",
        "lead": "Say what it is for and whom it affects; tier, checks and documents follow.",
        "submit": "Register",
        "cancel_url": reverse("system_list"),
    }
    return render(request, "registry/sections_form.html", context)


@require_http_methods(["GET", "POST"])
def system_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what is said of a system."""
    system = get_object_or_404(AISystem.objects.visible_to(request.user), pk=pk)
    require_change(request.user, system.portfolio_id)
    form = SystemForm(request.POST or None, user=request.user, system=system)
    if form.is_valid():
        changed = attempt(
            form, lambda: update_system(actor=request.user, system=system, facts=form.facts())
        )
        if changed is not None:
            messages.success(request, f"{changed.name} is saved.")
            return redirect("system_detail", system.pk)
    context = {
        "form": form,
        "title": f"Edit {system.name}",
        "lead": "Purpose, use, kind and whom it affects belong to the scope of each release: "
        "change them and approvals of its releases become stale.",
        "submit": "Save",
        "cancel_url": reverse("system_detail", args=[pk]),
        "crumbs": [{"label": system.name, "url": reverse("system_detail", args=[pk])}],
    }
    return render(request, "registry/sections_form.html", context)


def _about(system: AISystem) -> list[dict[str, str]]:
    facts = (
        ("Purpose", system.purpose),
        ("Intended use", system.intended_use),
        ("Takes part in", system.decisions),
        ("Kind", system.get_kind_display()),
        ("Affected", system.affected_groups),
        ("Used by", system.users),
        ("Not for", system.out_of_scope_uses),
        ("Where", system.jurisdictions),
        ("Portfolio", system.portfolio.name),
    )
    return [{"label": label, "value": value} for label, value in facts]


def risk_rows(risks: list[Risk], today: dt.date) -> list[dict[str, Any]]:
    """Return risks with their level and the state of their mitigations, for a table."""
    scale = risk_scale.current()
    return [
        {
            "risk": risk,
            "level": scale.level_of(risk.score_now),
            "mitigation": worst_mitigation(risk, today=today),
            "overdue": risk.state == RiskState.OPEN
            and risk.due_date is not None
            and risk.due_date < today,
        }
        for risk in risks
    ]


def _system(request: SignedInRequest, pk: int) -> AISystem:
    rows = AISystem.objects.visible_to(request.user).select_related("portfolio", "owner")
    return get_object_or_404(rows, pk=pk)


@require_GET
def system_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a system: what comes next, open risks, releases, facts."""
    system = _system(request, pk)
    releases = list(
        system.releases.select_related("system__portfolio", "system__owner", "model")[:5]
    )
    open_risks: Any = risk_basis.with_basis(system.risks.open().with_score())
    rows = list(with_rows_beside(open_risks.order_by("-score", "-pk"))[:5])
    context = {
        "system": system,
        "release": releases[0] if releases else None,
        "releases": releases,
        "risks": risk_rows(rows, timezone.localdate()),
        "risks_total": open_risks.count(),
        "facts": _about(system),
        "may_change": may_change(request.user, system.portfolio_id),
        "datasets": list(system.datasets.all()[:5]),
        "models": list(system.models.all()[:5]),
    }
    return render(request, "registry/system_detail.html", context)


@require_GET
def system_risks(request: SignedInRequest, pk: int) -> HttpResponse:
    """List all risks of a system, open ones first."""
    system = _system(request, pk)
    rows: Any = risk_basis.with_basis(system.risks.with_score())
    page = page_of(with_rows_beside(rows.order_by("-state", "-score", "-pk")), request)
    context = {
        "system": system,
        "page": page,
        "risks": risk_rows(list(page.object_list), timezone.localdate()),
        "may_change": may_change(request.user, system.portfolio_id),
    }
    return render(request, "registry/system_risks.html", context)


@require_GET
def system_history(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what happened to a system, its releases, data and risks."""
    system = _system(request, pk)
    page = page_of(entries_about_system(system, request.user), request, size=50)
    context = {"system": system, "page": page, "entries": acts(list(page.object_list))}
    return render(request, "registry/system_history.html", context)
