"""Pages that take in an existing inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from registry.exports import csv_response
from registry.forms.binding import attempt
from registry.forms.systems import ImportForm
from registry.models import InventoryImport
from registry.people import require_change_somewhere
from registry.permissions import may_change
from registry.services.imports import COLUMNS, REQUIRED, apply_import, good_lines, read_inventory

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from rai_portal.web.requests import SignedInRequest

EXAMPLE = {
    "name": "Claims triage",
    "kind": "predictive",
    "owner_email": "owner@example.org",
    "purpose": "Sort incoming claims by urgency",
    "stage": "development",
    "jurisdictions": "EU",
}


@require_http_methods(["GET", "POST"])
def system_import(request: SignedInRequest) -> HttpResponse:
    """Read an inventory from CSV; the next page shows it before anything is registered."""
    require_change_somewhere(request.user, "systems", "register")
    form = ImportForm(request.POST or None, request.FILES or None, user=request.user)
    if form.is_valid():
        file = form.cleaned_data["file"]
        inventory = attempt(
            form,
            lambda: read_inventory(
                actor=request.user,
                portfolio=form.cleaned_data["portfolio"],
                chunks=file.chunks(),
                file_name=file.name,
            ),
        )
        if inventory is not None:
            return redirect("system_import_preview", inventory.pk)
    context = {
        "form": form,
        "title": "Import an inventory",
        "lead": "Register many systems at once. You see every line before anything is saved.",
        "submit": "Read the file",
        "cancel_url": reverse("system_list"),
        "columns": COLUMNS,
        "required": REQUIRED,
    }
    return render(request, "registry/system_import.html", context)


@require_GET
def system_import_template(request: SignedInRequest) -> HttpResponseBase:
    """Download the header with one example line."""
    return csv_response(
        "inventory-template.csv", COLUMNS, [[EXAMPLE.get(name, "") for name in COLUMNS]]
    )


@require_GET
def system_import_preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what was read, with the errors by line."""
    inventory = get_object_or_404(InventoryImport.objects.visible_to(request.user), pk=pk)
    by_line: dict[int, list[dict[str, str]]] = {}
    for error in inventory.errors:
        by_line.setdefault(error["line"], []).append(error)
    context = {
        "inventory": inventory,
        "lines": [{"row": row, "errors": by_line.get(row["line"], [])} for row in inventory.rows],
        "good": len(good_lines(inventory)),
        "bad": len(by_line),
        "may_change": may_change(request.user, inventory.portfolio_id),
    }
    return render(request, "registry/system_import_preview.html", context)


@require_POST
def system_import_apply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Register the lines without errors."""
    inventory = get_object_or_404(InventoryImport.objects.visible_to(request.user), pk=pk)
    systems = apply_import(actor=request.user, inventory=inventory)
    messages.success(request, f"{len(systems):,} systems are registered.")
    return redirect("system_list")
