"""Findings for lists: a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from evaluations.models import Finding

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from rai_portal.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    """What a list of findings is limited to; empty means any."""

    text: str = ""
    system: int | None = None
    release: int | None = None
    run: int | None = None
    severity: str = ""
    state: str = ""
    owner: int | None = None


def findings_shown(user: User, wanted: FindingFilter) -> QuerySet[Finding]:
    """Return the findings in sight that the filter lets through, the worst first."""
    rows = Finding.objects.visible_to(user)
    exact = {
        "system": wanted.system,
        "release": wanted.release,
        "run": wanted.run,
        "severity": wanted.severity,
        "state": wanted.state,
        "owner": wanted.owner,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.text:
        rows = rows.filter(title__icontains=wanted.text)
    # Counting drops the model's own order, so it is said again.
    counted = rows.annotate(risk_count=Count("risks", distinct=True))
    return counted.select_related("system", "release__system", "owner").order_by("severity", "-pk")
