"""The ledger for auditors and administrators, and its verification on demand."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from assessments.services.ledger_page import Filters, changes_of, details_of, entries
from rai_portal.accounts.choices import Role
from rai_portal.accounts.models import User
from rai_portal.errors import NotAllowed
from rai_portal.ledger.models import Entry
from rai_portal.ledger.services.verify import Verification, verify
from rai_portal.ledger.words import act_words
from rai_portal.web.requests import SignedInRequest

READERS = frozenset({Role.AUDITOR, Role.ADMINISTRATOR, Role.EXECUTIVE, Role.BOARD})
VERIFIERS = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


def _require(user: User, roles: frozenset[Role]) -> None:
    if not {role for role, _ in user.grants} & roles:
        message = "Auditors and administrators read this. Ask one of them for what you need."
        raise NotAllowed(message)


def ledger_list(request: SignedInRequest) -> HttpResponse:
    """Show the entries in sight, newest first."""
    _require(request.user, READERS)
    return _page(request)


@require_POST
def ledger_verify(request: SignedInRequest) -> HttpResponse:
    """Walk the whole chain now, and show what was found."""
    _require(request.user, VERIFIERS)
    return _page(request, verification=verify())


def _page(request: SignedInRequest, *, verification: Verification | None = None) -> HttpResponse:
    given = request.GET
    filters = Filters(
        action=given.get("action", ""),
        subject=given.get("subject", ""),
        person=given.get("person", ""),
        text=given.get("q", "").replace("\x00", "")[:100].strip(),
    )
    in_sight = Entry.objects.visible_to(request.user).order_by()
    actions = in_sight.values_list("action", flat=True).distinct().order_by("action")
    subjects = in_sight.values_list("subject_type", flat=True).distinct().order_by("subject_type")
    people = (
        User.objects.filter(pk__in=in_sight.values("actor"))
        .order_by("name")
        .values_list("pk", "name")
    )
    context = {
        "page": Paginator(entries(request.user, filters), 25).get_page(given.get("page")),
        "filters": filters,
        "actions": [(action, act_words(action)) for action in actions],
        "subjects": [(name, name.split(".")[-1]) for name in subjects],
        "people": [(str(pk), name) for pk, name in people],
        "verification": verification,
        "verified_at": timezone.now(),
        "may_verify": bool({role for role, _ in request.user.grants} & VERIFIERS),
        "size": in_sight.aggregate(size=Max("sequence"))["size"] or 0,
    }
    return render(request, "assessments/ledger_list.html", context)


def ledger_entry(request: SignedInRequest, sequence: int) -> HttpResponse:
    """Show one entry with what changed and its hashes."""
    _require(request.user, READERS)
    rows = Entry.objects.visible_to(request.user).select_related("payload", "actor")
    entry = get_object_or_404(rows, sequence=sequence)
    context = {
        "entry": entry,
        "changes": changes_of(entry.payload),
        "details": details_of(entry.payload),
        "body": bytes(entry.body).decode("utf-8", "replace"),
    }
    return render(request, "assessments/ledger_entry.html", context)
