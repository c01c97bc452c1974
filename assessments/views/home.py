"""My work."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from assessments.services.gate_page import CHANGES
from assessments.services.home import home_of
from rai_portal.accounts.choices import Role
from rai_portal.web.requests import SignedInRequest


def home(request: SignedInRequest) -> HttpResponse:
    """Show what is due, waits for the person, or ended since yesterday."""
    now = timezone.now()
    found = home_of(request.user, now=now)
    context = {
        "home": found,
        "today": now.date(),
        "changes": bool(found.roles & CHANGES),
        "reviews": Role.REVIEWER in found.roles,
        "decides": bool(found.roles & {Role.BOARD, Role.EXECUTIVE}),
        "executive": Role.EXECUTIVE in found.roles,
        "reads": bool(found.roles & {Role.AUDITOR, Role.ADMINISTRATOR}),
        "administers": Role.ADMINISTRATOR in found.roles,
    }
    return render(request, "assessments/home.html", context)
