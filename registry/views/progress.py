"""What the progress component takes, for any piece of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rai_portal.work.choices import WorkState

if TYPE_CHECKING:
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
