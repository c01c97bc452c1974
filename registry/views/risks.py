"""Pages of the risk register."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rai_portal.accounts.choices import Role
from registry import risk_basis, risk_scale
from registry.choices import Dimension, RiskState
from registry.exports import csv_response
from registry.forms.binding import attempt
from registry.forms.risks import RateForm, ReasonForm, RiskForm
from registry.models import AISystem, Risk
from registry.people import people_of, portfolios_to_change
from registry.permissions import may_change, require_change
from registry.queries.history import acts, entries_about
from registry.queries.ratings import waiting_rating
from registry.queries.risks import (
    RATINGS,
    SORTS,
    RiskFilter,
    mitigation_badge,
    overview,
    risks_shown,
    with_rows_beside,
    worst_mitigation,
)
from registry.services.links import Origin, link_origin, origin_of
from registry.services.ratings import rate_risk
from registry.services.risks import close_risk, create_risk, reopen_risk, update_risk
from registry.views.lists import chosen, in_order, number, page_of, query
from registry.views.systems import risk_rows

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from rai_portal.accounts.models import User
    from rai_portal.web.requests import SignedInRequest

LEVELS = [
    ("critical", "Critical"), ("high", "High"), ("medium", "Medium"), ("low", "Low"),
    ("beyond", "Over appetite"),
]  # fmt: skip


def _wanted(request: SignedInRequest) -> RiskFilter:
    """Return the filter in the address; closed risks show when asked for."""
    cell = re.fullmatch(r"([1-5])-([1-5])", request.GET.get("cell", ""))
    state = chosen(request, "state", [*RiskState.values, "all"]) or RiskState.OPEN.value
    return RiskFilter(
        text=request.GET.get("q", "").strip()[:200],
        system=number(request, "system"),
        dimension=chosen(request, "dimension", Dimension.values),
        owner=request.user.pk if request.GET.get("owner") == "me" else number(request, "owner"),
        state="" if state == "all" else state,
        level=chosen(request, "level", [value for value, _ in LEVELS]),
        basis=chosen(request, "basis", [value for value, _ in risk_basis.BASES]),
        rating=chosen(request, "rating", RATINGS) or "current",
        cell=(int(cell[1]), int(cell[2])) if cell else None,
        unrated=request.GET.get("unrated") == "1",
        overdue=request.GET.get("overdue") == "1",
    )


def _shown(request: SignedInRequest, wanted: RiskFilter) -> Any:
    rows = risks_shown(request.user, wanted, scale=risk_scale.current(), today=timezone.localdate())
    return in_order(rows, request, SORTS)


def _address(request: SignedInRequest, **changes: str) -> str:
    """Return the list's address with changes; "" takes a filter out."""
    kept = request.GET.copy()
    for name, value in {"page": "", **changes}.items():
        kept.pop(name, None)
        if value:
            kept[name] = value
    return f"?{kept.urlencode()}"


def _tabs(request: SignedInRequest) -> list[dict[str, Any]]:
    """Views that people come back to."""
    views = (
        ("All open", ""), ("Over appetite", "level=beyond"), ("Mine", "owner=me"),
        ("Rating missing", "basis=missing"), ("Overdue", "overdue=1"),
        ("Closed", "state=closed"),
    )  # fmt: skip
    now = query(request).removeprefix("?")
    url = reverse("risk_list")
    return [
        {"label": label, "url": f"{url}?{q}" if q else url, "active": now == q, "n": None}
        for label, q in views
    ]


def _removable(request: SignedInRequest, wanted: RiskFilter) -> list[dict[str, Any]]:
    """Filters without a menu, as chips that take themselves out."""
    scale, chips = risk_scale.current(), []
    if wanted.cell:
        likelihood, severity = (
            scale.likelihood[wanted.cell[0] - 1],
            scale.severity[wanted.cell[1] - 1],
        )
        label = f"{wanted.rating.capitalize()}: {likelihood.lower()}, {severity.lower()} ×"
        chips.append({"label": label, "url": _address(request, cell=""), "on": True})
    if wanted.unrated:
        url = _address(request, unrated="")
        chips.append({"label": "Not rated ×", "url": url, "on": True})
    if wanted.overdue:
        chips.append({"label": "Overdue ×", "url": _address(request, overdue=""), "on": True})
    return [{**chip, "n": None} for chip in chips]


def _menus(request: SignedInRequest) -> dict[str, list[tuple[object, str]]]:
    systems = AISystem.objects.visible_to(request.user)
    portfolios = systems.order_by().values_list("portfolio", flat=True).distinct()
    return {
        "systems": list(systems.values_list("pk", "name")[:200]),
        "owners": [("me", "Me"), *((user.pk, str(user)) for user in people_of(portfolios)[:100])],
        "dimensions": list(Dimension.choices),
        "levels": list(LEVELS),
        "bases": list(risk_basis.BASES),
    }


def _state_menu(request: SignedInRequest, wanted: RiskFilter) -> dict[str, Any]:
    """The state has a default, open, so its menu names what is shown instead of "any"."""
    choices = [*RiskState.choices, ("all", "All")]
    now = wanted.state or "all"
    return {
        "chosen": dict(choices)[now].lower(),
        "clear": _address(request, state="all"),
        "options": [
            {"text": label, "url": _address(request, state=value), "on": value == now}
            for value, label in RiskState.choices
        ],
    }


@require_GET
def risk_list(request: SignedInRequest) -> HttpResponse:
    """List risks with the heat map; every filter stands in the address."""
    wanted, scale = _wanted(request), risk_scale.current()
    risks = _shown(request, wanted)
    page = page_of(with_rows_beside(risks), request)
    address = _address(request, cell="", rating="", unrated="")
    above = overview(risks, rating=wanted.rating, scale=scale, url=address.rstrip("&") + "&")
    may_add = portfolios_to_change(request.user).exists()
    context = {
        "page": page,
        "rows": risk_rows(list(page.object_list), timezone.localdate()),
        "above": above,
        "bars": _bars(request, above.by_basis, above.total),
        "scale": scale,
        "tabs": _tabs(request),
        "ratings": [
            {
                "label": name.capitalize(), "on": name == wanted.rating, "n": None,
                "url": _address(request, rating=name, cell=""),
            }
            for name in RATINGS
        ],
        "removable": _removable(request, wanted),
        "unrated_url": _address(request, unrated="1", cell="", rating=""),
        "may_add": may_add,
        "export_url": reverse("risk_export") + query(request),
        "state_menu": _state_menu(request, wanted),
        **_menus(request),
    }  # fmt: skip
    return render(request, "registry/risk_list.html", context)


def _bars(request: SignedInRequest, counts: dict[str, int], total: int) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "n": counts[value],
            "percent": round(100 * counts[value] / total) if total else 0,
            "url": _address(request, basis=value),
        }
        for value, label in risk_basis.BASES
    ]


@require_GET
def risk_export(request: SignedInRequest) -> HttpResponseBase:
    """Download what the list shows."""
    scale = risk_scale.current()
    header = (
        "id", "title", "system", "dimension", "state", "level", "likelihood", "severity",
        "inherent likelihood", "inherent severity", "target likelihood", "target severity",
        "rating rests on", "treatment", "owner", "due", "cause", "event", "harm",
        "affected groups",
    )  # fmt: skip
    rows = (
        (
            risk.code, risk.title, risk.system.name, risk.get_dimension_display(),
            risk.get_state_display(), scale.level_of(risk.score_now), risk.current_likelihood,
            risk.current_severity, risk.inherent_likelihood, risk.inherent_severity,
            risk.target_likelihood, risk.target_severity, risk.basis,
            risk.get_treatment_display(), str(risk.owner), risk.due_date, risk.cause, risk.event,
            risk.harm, risk.affected_groups,
        )
        for risk in _shown(request, _wanted(request)).select_related("system", "owner").iterator()
    )  # fmt: skip
    return csv_response("risks.csv", header, rows)


@require_http_methods(["GET", "POST"])
def risk_new(request: SignedInRequest) -> HttpResponse:
    """Record a risk; `?finding=` and `?run=` say what it was seen in."""
    systems = AISystem.objects.visible_to(request.user).filter(
        portfolio__in=portfolios_to_change(request.user)
    )
    origin = _origin(request)
    asked = number(request, "system") or origin.system_id
    system = (
        get_object_or_404(AISystem.objects.visible_to(request.user), pk=asked) if asked else None
    )
    require_change(request.user, system.portfolio_id if system else _any_portfolio(request))
    begin = {"title": str(origin.finding)} if origin.finding is not None else {}
    form = RiskForm(
        request.POST or None, user=request.user, systems=systems, system=system, initial=begin
    )
    if form.is_valid():
        home = form.cleaned_data["system"]
        risk = attempt(
            form, lambda: create_risk(actor=request.user, system=home, facts=form.facts())
        )
        if risk is not None:
            link_origin(actor=request.user, risk=risk, origin=origin)
            messages.success(request, f"{risk.code} is recorded. Next: rate what is left of it.")
            return redirect("risk_detail", risk.pk)
    context = {
        "form": form,
        "title": "Record a risk",
        "lead": "Cause, event and harm to somebody. It is rated twice: before any mitigation, and "
        "as it stands now.",
        "submit": "Record",
        "cancel_url": reverse("system_risks", args=[system.pk]) if system else reverse("risk_list"),
    }
    return render(request, "registry/sections_form.html", context)


def _origin(request: SignedInRequest) -> Origin:
    """What the risk was seen in; a finding or run out of sight is not there."""
    finding, run = number(request, "finding"), number(request, "run")
    origin = origin_of(user=request.user, finding=finding, run=run)
    if (finding and origin.finding is None) or (run and origin.run is None):
        raise Http404
    return origin


def _any_portfolio(request: SignedInRequest) -> int | None:
    first = portfolios_to_change(request.user).first()
    return first.pk if first else None


def risk_in_sight(request: SignedInRequest, pk: int) -> Risk:
    """Return the risk with its system, or 404."""
    rows = Risk.objects.visible_to(request.user).select_related(
        "system__portfolio", "owner", "rated_by", "rating_evidence", "release", "created_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def risk_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a risk and its chain: ratings, mitigations, findings, runs, acceptances, history."""
    risk = risk_in_sight(request, pk)
    scale, today = risk_scale.current(), timezone.localdate()
    mitigations = list(risk.mitigations.select_related("owner", "verified_by", "evidence"))
    annotated: Any = risk_basis.with_basis(Risk.objects.filter(pk=pk))
    basis = annotated.values_list("basis", flat=True)
    links = risk.risk_runs.select_related("run__release__system", "verdict__check_row")
    entries = entries_about(risk, request.user, *mitigations)[:30]
    context = {
        "risk": risk,
        "basis": basis[0],
        "ratings": _ratings(risk, scale),
        "level": scale.level_of(risk.score_now),
        "beyond": risk.score_now >= scale.beyond_appetite,
        "mitigations": [
            {"row": row, "badge": mitigation_badge(row, today=today)} for row in mitigations
        ],
        "worst": worst_mitigation(risk, today=today),
        "findings": list(risk.findings.all()),
        "links": list(links),
        "waiting": waiting_rating(risk, request.user, scale),
        "acceptances": list(risk.acceptances.select_related("accepted_by")),
        "today": today,
        "overdue": risk.state == RiskState.OPEN and bool(risk.due_date and risk.due_date < today),
        "entries": acts(list(entries)),
        "may_change": may_change(request.user, risk.portfolio_id),
        "may_accept": _may_accept(request.user, risk),
    }
    return render(request, "registry/risk_detail.html", context)


def _may_accept(user: User, risk: Risk) -> bool:
    """Return whether to offer the acceptance; what the policy says beyond that, its page says."""
    hands = (risk.created_by_id, risk.owner_id, risk.rated_by_id)
    return user.pk not in hands and user.has_role(Role.EXECUTIVE, portfolio_id=risk.portfolio_id)


def _ratings(risk: Risk, scale: risk_scale.RiskScale) -> list[dict[str, Any]]:
    rows = []
    for name, label in (
        ("inherent", "Inherent"),
        ("current", "Now"),
        ("target", "Target"),
    ):
        likelihood = getattr(risk, f"{name}_likelihood")
        severity = getattr(risk, f"{name}_severity")
        rated = likelihood is not None and severity is not None
        rows.append(
            {
                "label": label,
                "level": scale.level(likelihood, severity) if rated else "",
                "likelihood": scale.likelihood[likelihood - 1] if rated else "",
                "severity": scale.severity[severity - 1] if rated else "",
                "score": likelihood * severity if rated else None,
            }
        )
    return rows


@require_http_methods(["GET", "POST"])
def risk_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what is said of a risk."""
    risk = risk_in_sight(request, pk)
    require_change(request.user, risk.portfolio_id)
    systems = AISystem.objects.none()
    form = RiskForm(request.POST or None, user=request.user, systems=systems, risk=risk)
    if form.is_valid():
        changed = attempt(
            form, lambda: update_risk(actor=request.user, risk=risk, facts=form.facts())
        )
        if changed is not None:
            messages.success(request, f"{risk.code} is saved.")
            return redirect("risk_detail", pk)
    context = {
        "form": form,
        "title": f"Edit {risk.code}",
        "submit": "Save",
        "cancel_url": reverse("risk_detail", args=[pk]),
        "crumbs": [{"label": risk.code, "url": reverse("risk_detail", args=[pk])}],
    }
    return render(request, "registry/sections_form.html", context)


@require_http_methods(["GET", "POST"])
def risk_rate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say what is left of a risk, why, and on which file it rests."""
    risk = risk_in_sight(request, pk)
    require_change(request.user, risk.portfolio_id)
    form = RateForm(request.POST or None, request.FILES or None, risk=risk)
    if form.is_valid():
        rated = attempt(
            form,
            lambda: rate_risk(
                actor=request.user,
                risk=risk,
                rating=form.rating(),
                rationale=form.cleaned_data["rationale"],
                evidence=form.upload(),
            ),
        )
        if rated is not None:
            level = risk_scale.current().level(rated.likelihood, rated.severity)
            said = f"{risk.code} is rated {level}."
            if rated.waits:
                said += f" It counts once a second person confirms it, since {rated.needs}."
            messages.success(request, said)
            return redirect("risk_detail", pk)
    context = {
        "form": form,
        "title": f"Rate {risk.code}",
        "lead": f"What is left of “{risk.title}” as things stand today. The earlier rating stays "
        "in the history. A rating that brings the risk within appetite, lowers its severity or "
        "falls by two levels counts once a second person confirms it.",
        "submit": "Rate",
        "cancel_url": reverse("risk_detail", args=[pk]),
        "crumbs": [{"label": risk.code, "url": reverse("risk_detail", args=[pk])}],
    }
    return render(request, "components/form_page.html", context)


@require_http_methods(["GET", "POST"])
def risk_close(request: SignedInRequest, pk: int) -> HttpResponse:
    """Stop watching a risk, with the reason."""
    risk = risk_in_sight(request, pk)
    require_change(request.user, risk.portfolio_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        closed = attempt(
            form,
            lambda: close_risk(actor=request.user, risk=risk, reason=form.cleaned_data["reason"]),
        )
        if closed is not None:
            messages.success(request, f"{risk.code} is closed. It stays in the register.")
            return redirect("risk_detail", pk)
    context = {
        "form": form,
        "title": f"Close {risk.code}",
        "lead": "A closed risk no longer counts in gates and lists. It can be reopened.",
        "submit": "Close the risk",
        "cancel_url": reverse("risk_detail", args=[pk]),
        "crumbs": [{"label": risk.code, "url": reverse("risk_detail", args=[pk])}],
    }
    return render(request, "components/form_page.html", context)


@require_POST
def risk_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Watch a closed risk again."""
    risk = risk_in_sight(request, pk)
    reopen_risk(actor=request.user, risk=risk, reason=request.POST.get("reason", ""))
    messages.success(request, f"{risk.code} is open again.")
    return redirect("risk_detail", pk)
