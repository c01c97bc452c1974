"""What the progress component takes, and its answer, for any piece of work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.shortcuts import render

from rai_portal.work.choices import WorkState

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from rai_portal.work.models import WorkItem


def progress_of(item: WorkItem, title: str, url: str) -> dict[str, Any]:
    """Return the context of components/progress.html. url: answers with the same part."""
    elapsed, left = item.elapsed, item.remaining
    return {
        "title": title,
        "url": url,
        "ended": item.ended,
        "state": item.state,
        "stage": item.get_stage_display() if not item.ended else WorkState(item.state).label,
        "percent": None if item.state == WorkState.QUEUED else item.percent,
        "done": item.done,
        "total": 0 if item.ended else item.total,
        "elapsed": elapsed.total_seconds() if elapsed is not None else None,
        "left": left.total_seconds() if left is not None else None,
        "cancel_url": "",
        "note": item.message,
    }


def progress_answer(
    request: HttpRequest, item: WorkItem, progress: Mapping[str, Any]
) -> HttpResponse:
    """Answer with the progress part; the whole page renews itself when the work has ended."""
    response = render(request, "components/progress.html", {"progress": progress})
    if item.ended:
        response["HX-Refresh"] = "true"
    return response
