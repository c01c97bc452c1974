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
    SECOND_ADMINISTRATOR,
    administrators,
    grant_role,
    people,
    require_administrator,
    revoke_role,
)
from assessments.services.role_proposals import (
    confirm_role_change,
    decline_role_change,
    open_proposals,
    propose_role_change,
)
from rai_portal.accounts.choices import GIVEN_BY_TWO, JUDGES, RoleChange
from rai_portal.accounts.models import Membership, RoleProposal, User
from rai_portal.web.requests import SignedInRequest

WAITS = "Proposed: a second administrator confirms it under “Waiting for a second administrator”."


def people_list(request: SignedInRequest) -> HttpResponse:
    """Show everybody with their roles and portfolios, and what waits for a second administrator."""
    require_administrator(request.user)
    text = request.GET.get("q", "").replace("\x00", "")[:100].strip()
    rows = people()
    if text:
        rows = rows.filter(name__icontains=text) | rows.filter(email__icontains=text)
    alone = not administrators().exclude(pk=request.user.pk).exists()
    context = {
        "page": Paginator(rows, 25).get_page(request.GET.get("page")),
        "text": text,
        "by_two": [role.label for role in GIVEN_BY_TWO],
        "judges": JUDGES,
        "proposals": list(open_proposals()),
        "alone": SECOND_ADMINISTRATOR if alone else "",
    }
    return render(request, "assessments/people_list.html", context)


def people_grant(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a person a role, or propose one that takes two administrators."""
    require_administrator(request.user)
    person = get_object_or_404(User, pk=pk)
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        proposes = form.cleaned_data["role"] in GIVEN_BY_TWO
        with beside_fields(form):
            if proposes:
                propose_role_change(
                    actor=request.user, user=person, change=RoleChange.GRANT, **form.cleaned_data
                )
            else:
                grant_role(actor=request.user, user=person, **form.cleaned_data)
        if not form.errors:
            given = f"{person} holds the role now; the ledger has who gave it."
            messages.success(request, WAITS if proposes else given)
            return redirect("people_list")
    context = {
        "form": form,
        "title": f"Give {person} a role",
        "lead": "What a person may do follows from their roles alone.",
        "submit": "Give or propose the role",
        "cancel_url": reverse("people_list"),
        "draft": False,
    }
    code = 422 if form.errors else 200
    return render(request, "components/form_page.html", context, status=code)


@require_POST
def people_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a role away, or propose it where that takes two administrators."""
    require_administrator(request.user)
    membership = get_object_or_404(Membership.objects.select_related("user", "portfolio"), pk=pk)
    if membership.role in JUDGES:
        propose_role_change(
            actor=request.user, user=membership.user, change=RoleChange.REVOKE,
            role=membership.role, portfolio=membership.portfolio,
        )  # fmt: skip
        messages.success(request, WAITS)
    else:
        revoke_role(actor=request.user, membership=membership)
        messages.success(request, "The role is taken away; the ledger has who took it.")
    return redirect("people_list")


@require_POST
def people_confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """Carry out what another administrator proposed."""
    require_administrator(request.user)
    row = confirm_role_change(actor=request.user, proposal=get_object_or_404(RoleProposal, pk=pk))
    messages.success(request, f"Done: {row}. The ledger has who proposed and who confirmed it.")
    return redirect("people_list")


@require_POST
def people_decline(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a proposal fall."""
    require_administrator(request.user)
    decline_role_change(actor=request.user, proposal=get_object_or_404(RoleProposal, pk=pk))
    messages.success(request, "The proposal has fallen; nothing was changed.")
    return redirect("people_list")
