"""Asking for an exception, and answering."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from assessments.forms.evidence import ExceptionAnswerForm, ExceptionForm
from assessments.forms.refusals import beside_fields
from assessments.models import ExceptionGrant
from assessments.services.exceptions import (
    Plea,
    answer_exception,
    data_to_collect,
    last_day,
    request_exception,
    require_rule,
)
from assessments.services.requirements import applying
from assessments.views.gates import visible_release
from rai_portal.web.requests import SignedInRequest
from registry.permissions import require_change


def exception_new(request: SignedInRequest, pk: int, key: str) -> HttpResponse:
    """Ask that a requirement be waived for a time."""
    release = visible_release(request, pk)
    require_change(request.user, release.portfolio_id)
    found, status = applying(release, key)
    rule = require_rule(found, status)
    latest = last_day(rule, timezone.now().date())
    form = ExceptionForm(
        request.POST or None,
        latest=latest,
        needs_data=rule.needs_data,
        initial={"compensation": data_to_collect(status) if rule.needs_data else ""},
    )
    if request.method == "POST" and form.is_valid():
        with beside_fields(form):
            request_exception(
                actor=request.user, release=release, key=key, plea=Plea(**form.cleaned_data)
            )
        if not form.errors:
            messages.success(request, "The request waits for an answer; the gate is as it was.")
            return redirect("gate", pk=release.pk)
    context = {
        "release": release,
        "found": found,
        "form": form,
        "status": status,
        "rule": rule,
        "cancel_url": reverse("gate", args=[release.pk]),
    }
    code = 422 if form.errors else 200
    return render(request, "assessments/exception_new.html", context, status=code)


def exception_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a request; who has the right answers it."""
    rows = ExceptionGrant.objects.visible_to(request.user).select_related(
        "release__system__portfolio", "release__system__owner", "requested_by", "granted_by"
    )
    exception = get_object_or_404(rows, pk=pk)
    found, status = applying(exception.release, exception.requirement)
    form = ExceptionAnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        grant = form.cleaned_data["answer"] == "grant"
        answer_exception(
            actor=request.user, exception=exception, grant=grant, note=form.cleaned_data["note"]
        )
        messages.success(request, "Granted." if grant else "Refused.")
        return redirect("gate", pk=exception.release_id)
    context = {
        "release": exception.release,
        "found": found,
        "form": form,
        "status": status,
        "exception": exception,
        "answered": exception.granted_at or exception.refused_at,
        "cancel_url": reverse("gate", args=[exception.release_id]),
    }
    code = 422 if form.errors else 200
    return render(request, "assessments/exception_answer.html", context, status=code)
