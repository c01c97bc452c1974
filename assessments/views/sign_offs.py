"""The page on which a specialist signs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from assessments.forms.evidence import SignOffForm
from assessments.forms.refusals import beside_fields
from assessments.models import RequirementEvidence, SignOff
from assessments.services.requirements import applying, require_no_hand
from assessments.services.sign_offs import REVIEWER_SIGNS, sign
from assessments.views.gates import visible_release
from rai_portal.accounts.choices import Role
from rai_portal.errors import NotAllowed
from rai_portal.web.requests import SignedInRequest
from registry.choices import ColumnRole
from registry.models import DatasetColumn, Release


def sign_off_new(request: SignedInRequest, pk: int, key: str) -> HttpResponse:
    """Show what is to be signed; POST signs or asks for changes."""
    release = visible_release(request, pk)
    if not request.user.has_role(Role.REVIEWER, portfolio_id=release.portfolio_id):
        raise NotAllowed(REVIEWER_SIGNS)
    found, status = applying(release, key)
    require_no_hand(request.user, found, "signs it off")
    form = SignOffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with beside_fields(form):
            sign(actor=request.user, release=release, key=key, **form.cleaned_data)
        if not form.errors:
            messages.success(request, f"Your word on {status.title} is kept.")
            return redirect("gate", pk=release.pk)
    context = {
        "release": release,
        "found": found,
        "form": form,
        "status": status,
        "others": [item for item in found.gate.requirements if item.status != "not_applicable"],
        "filed": RequirementEvidence.objects.filter(release=release).select_related("attested_by"),
        "sensitive": _sensitive(found.release),
        "given": SignOff.objects.filter(release=release, requirement=key).select_related(
            "signed_by"
        ),
        "cancel_url": reverse("gate", args=[release.pk]),
    }
    code = 422 if form.errors else 200
    return render(request, "assessments/sign_off_new.html", context, status=code)


def _sensitive(release: Release) -> list[DatasetColumn]:
    """Return the sensitive columns with purpose and legal basis, for privacy and law."""
    return [
        column
        for item in release.release_datasets.all()
        for column in item.dataset.columns.all()
        if column.role == ColumnRole.SENSITIVE
    ]
