"""The systems in a person's sight at a glance: by tier, and which run without an approval."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db.models import F
from django.urls import reverse

from assessments.choices import DecisionKind
from assessments.models import Decision
from registry.choices import LifecycleStage
from registry.models import AISystem
from registry.queries.systems import SystemFilter, systems_shown

if TYPE_CHECKING:
    from rai_portal.accounts.models import User

SHOWN = 6


def tier_bars(user: User) -> tuple[tuple[dict[str, object], ...], int]:
    """Return every system in sight under the tier that it is listed with, or as not tiered."""
    tiers = Counter(
        systems_shown(user, SystemFilter()).order_by().values_list(F("tier"), flat=True)
    )
    most = max([1, *tiers.values()])
    listed = reverse("system_list")
    bars = tuple(
        {
            "label": f"Tier {tier}" if tier else "Not tiered",
            "n": tiers.get(tier, 0),
            "percent": 100 * tiers.get(tier, 0) / most,
            "url": f"{listed}?tier={tier or 0}",
        }
        for tier in (1, 2, 3, 4, None)
        if tier or tiers.get(None)
    )
    return bars, sum(tiers.values())


def live_unapproved(user: User) -> tuple[AISystem, ...]:
    """Return the systems that are said to be live, and of which nobody ever approved a release."""
    approved = Decision.objects.exclude(kind=DecisionKind.NO_GO).values("release__system")
    rows = AISystem.objects.visible_to(user).filter(stage=LifecycleStage.LIVE)
    return tuple(rows.exclude(pk__in=approved).order_by("name", "pk")[:SHOWN])
