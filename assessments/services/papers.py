"""Which documents belong to a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from assessments.choices import DocumentKind
from assessments.models import Decision, Document
from rai_portal.work.choices import WorkState

if TYPE_CHECKING:
    from registry.models import Release

NOTHING = (WorkState.FAILED, WorkState.CANCELLED)


def papers_of_decision(decision: Decision) -> tuple[Document, ...]:
    """Return the documents that were made with the decision, one of each kind.

    Where that one came to nothing: the newest that somebody had made of the same scope since.
    """
    rows = (
        Document.objects.filter(release=decision.release_id, scope_digest=decision.scope_digest)
        .filter(Q(decision=decision) | Q(decision=None, created_at__gte=decision.decided_at))
        .select_related("file", "html")
        .defer("record")
    )
    by_kind: dict[str, list[Document]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    return tuple(
        max(by_kind[kind], key=_standing) for kind in DocumentKind.values if kind in by_kind
    )


def _standing(row: Document) -> tuple[bool, bool, int]:
    return row.state not in NOTHING, row.decision_id is not None, row.pk


def standing_decision(release: Release, scope: str) -> Decision | None:
    """Return the newest decision on this scope of the release."""
    return Decision.objects.filter(release=release, scope_digest=scope).order_by("-pk").first()
