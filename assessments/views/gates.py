"""The gate of a release, and one requirement with all that was filed for it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from assessments.models import ExceptionGrant, RequirementEvidence, SignOff
from assessments.rules.statuses import STATUS_MEANINGS
from assessments.services.evidence import OUTSIDE_TEST, filed_as
from assessments.services.exceptions import rule_for
from assessments.services.gate_page import counts_of, groups_of, lead_of, next_act, rows_of
from assessments.services.gates import release_gate
from rai_portal.accounts.choices import Role
from rai_portal.web.requests import SignedInRequest
from registry.models import Release
from registry.permissions import may_change

TONES = {
    "ready": "next",
    "approved": "good",
    "approved_with_conditions": "good",
    "stale": "unsure",
    "expired": "unsure",
}


def visible_release(request: SignedInRequest, pk: int) -> Release:
    """Return the release, or 404."""
    rows = Release.objects.visible_to(request.user).select_related(
        "system__portfolio", "system__owner", "cloned_from"
    )
    return get_object_or_404(rows, pk=pk)


def gate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show whether the release may launch, and what would mend it."""
    release = visible_release(request, pk)
    found = release_gate(release)
    every = rows_of(found, request.user)
    rows = tuple(row for row in every if row.status.status != "not_applicable")
    open_rows = tuple(row for row in rows if row.status.is_open)
    mine = tuple(row for row in rows if row.mine)
    shown = {"open": open_rows, "mine": mine}.get(request.GET.get("show", ""), rows)
    context = {
        "release": release,
        "found": found,
        "gate": found.gate,
        "tone": TONES.get(found.gate.outcome, "bad"),
        "lead": lead_of(found),
        "counts": counts_of(found),
        "next": next_act(found, request.user),
        "groups": groups_of(shown),
        "chips": _chips(
            request, (("", "All", rows), ("open", "Open", open_rows), ("mine", "Mine", mine))
        ),
        "not_asked": tuple(row for row in every if row not in rows),
        "meanings": STATUS_MEANINGS.items(),
    }
    return render(request, "assessments/gate.html", context)


def _chips(
    request: SignedInRequest, choices: tuple[tuple[str, str, tuple[object, ...]], ...]
) -> list[dict[str, object]]:
    chosen = request.GET.get("show", "")
    return [
        {
            "label": label,
            "url": f"{request.path}?show={key}" if key else request.path,
            "on": key == chosen,
            "n": len(rows),
        }
        for key, label, rows in choices
    ]


def requirement_detail(request: SignedInRequest, pk: int, key: str) -> HttpResponse:
    """Show one requirement: why it is asked, what is filed, who signed, what was excepted."""
    release = visible_release(request, pk)
    found = release_gate(release)
    row = next((item for item in rows_of(found, request.user) if item.status.key == key), None)
    filed = {
        "evidence": RequirementEvidence.objects.filter(
            release__system=release.system_id, requirement=key
        ).select_related("attested_by", "file", "release"),
        "sign_offs": SignOff.objects.filter(release=release, requirement=key).select_related(
            "signed_by"
        ),
        "exceptions": ExceptionGrant.objects.filter(
            release=release, requirement=key
        ).select_related("requested_by", "granted_by", "worded_by", "review__decision"),
    }
    outside = filed_as(found, key) == OUTSIDE_TEST
    context = {
        "release": release,
        "found": found,
        "key": key,
        "row": row,
        "asked": found.asked(key),
        "outside": outside,
        "filed_meets": "The report of a test made outside does not meet this requirement; it can "
        "be excepted on it, by a person with the right."
        if outside
        else "A text or a file that a person answers for by name meets this requirement.",
        "rule": rule_for(found, row.status) if row and row.status.is_open else None,
        "may_change": may_change(request.user, release.portfolio_id),
        "may_sign": request.user.has_role(Role.REVIEWER, portfolio_id=release.portfolio_id)
        and request.user.pk not in found.contributors,
        **filed,
    }
    return render(
        request, "assessments/requirement_detail.html", context, status=200 if row else 404
    )
