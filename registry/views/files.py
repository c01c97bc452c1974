"""Downloads: each through its object's own right to be seen, each in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from rai_portal.db import row_record
from rai_portal.ledger.services.record import record
from rai_portal.web.downloads import attachment, present
from registry.models import Dataset, Mitigation, ModelArtefact, Risk, RiskRating

if TYPE_CHECKING:
    from rai_portal.web.requests import SignedInRequest

KINDS: dict[str, tuple[Any, str]] = {
    "dataset": (Dataset, "file"),
    "model": (ModelArtefact, "file"),
    "risk": (Risk, "rating_evidence"),
    "mitigation": (Mitigation, "evidence"),
    "rating": (RiskRating, "evidence"),
}


@require_GET
def file_download(request: SignedInRequest, kind: str, pk: int) -> FileResponse:
    """Send the file of an object in sight, as an attachment that no browser interprets."""
    if kind not in KINDS:
        raise Http404
    model, name = KINDS[kind]
    row = get_object_or_404(model.objects.visible_to(request.user).select_related(name), pk=pk)
    file = present(getattr(row, name))
    with transaction.atomic():
        details = {"sha256": file.sha256, "size": file.size}
        record(
            actor=request.user, action=f"{kind}.file_downloaded", subject=row,
            before=row_record(row), details=details,
        )  # fmt: skip
    return attachment(file)
