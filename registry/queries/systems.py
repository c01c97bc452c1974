"""Lists of AI systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from registry.choices import RiskState
from registry.models import AISystem, Release, Risk

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from rai_portal.accounts.models import User
    from registry.models.system import AISystemQuerySet

SORTS = {
    "name": "name",
    "stage": "stage",
    "owner": "owner__name",
    "tier": "tier",
    "risks": "open_risks",
    "registered": "created_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFilter:
    """What a list of systems is limited to; "" and None mean any. tier 0: not tiered yet."""

    text: str = ""
    kind: str = ""
    stage: str = ""
    portfolio: int | None = None
    tier: int | None = None
    owner: int | None = None


def systems_shown(user: User | AnonymousUser, wanted: SystemFilter) -> AISystemQuerySet:
    """Return the systems in sight, with `version`, `newest_id`, `tier` and `open_risks`.

    The tier is that of the newest release that has one; it lives in the room above and is read
    by the reverse relation.
    """
    newest = Release.objects.filter(system=OuterRef("pk")).order_by("-pk")
    tiered = newest.filter(intake__tier__isnull=False)
    open_risks = (
        Risk.objects.filter(system=OuterRef("pk"), state=RiskState.OPEN)
        .order_by()
        .values("system")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = (
        AISystem.objects.visible_to(user)
        .select_related("owner", "portfolio")
        .annotate(
            version=Subquery(newest.values("version")[:1]),
            newest_id=Subquery(newest.values("pk")[:1]),
            tier=Subquery(tiered.values("intake__tier")[:1]),
            open_risks=Coalesce(Subquery(open_risks, output_field=IntegerField()), 0),
        )
    )
    return rows.filter(_condition(wanted))


def _condition(wanted: SystemFilter) -> Q:
    condition = Q()
    if wanted.text:
        for name in ("name", "purpose", "decisions"):
            condition |= Q(**{f"{name}__icontains": wanted.text})
    limits = {
        "kind": wanted.kind or None,
        "stage": wanted.stage or None,
        "portfolio": wanted.portfolio,
        "owner": wanted.owner,
        "tier": wanted.tier or None,
        "tier__isnull": True if wanted.tier == 0 else None,
    }
    for name, value in limits.items():
        if value is not None:
            condition &= Q(**{name: value})
    return condition
