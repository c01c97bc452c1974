"""People and their roles, for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from assessments.forms.people import GrantForm
from assessments.forms.refusals import beside_fields
from assessments.services.people import (
    DECIDING,
    grant_role,
    people,
    require_administrator,
    revoke_role,
)
from rai_portal.accounts.models import Membership, User
from rai_portal.web.requests import SignedInRequest


def people_list(request: SignedInRequest) -> HttpResponse:
    """Show everybody with their roles and portfolios."""
    require_administrator(request.user)
    text = request.GET.get("q", "").replace("\x00", "")[:100].strip()
    rows = people()
    if text:
        rows = rows.filter(name__icontains=text) | rows.filter(email__icontains=text)
    context = {
        "page": Paginator(rows, 25).get_page(request.GET.get("page")),
        "text": text,
        "deciding": [role.label for role in DECIDING],
    }
    return render(request, "assessments/people_list.html", context)


def people_grant(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a person a role."""
    require_administrator(request.user)
    person = get_object_or_404(User, pk=pk)
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with beside_fields(form):
            grant_role(actor=request.user, user=person, **form.cleaned_data)
        if not form.errors:
            messages.success(request, f"{person} holds the role now; the ledger has who gave it.")
            return redirect("people_list")
    context = {
        "form": form,
        "title": f"Give {person} a role",
        "lead": "What a person may do follows from their roles alone.",
        "submit": "Give the role",
        "cancel_url": reverse("people_list"),
        "draft": False,
    }
    code = 422 if form.errors else 200
    return render(request, "components/form_page.html", context, status=code)


@require_POST
def people_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a role away."""
    require_administrator(request.user)
    membership = get_object_or_404(Membership, pk=pk)
    revoke_role(actor=request.user, membership=membership)
    messages.success(request, "The role is taken away; the ledger has who took it.")
    return redirect("people_list")
