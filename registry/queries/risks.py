"""Lists of risks and their heat map."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Prefetch, Q

from registry import risk_basis
from registry.choices import MitigationStatus
from registry.models import Mitigation, Risk
from registry.risk_scale import LEVELS, RiskScale

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from rai_portal.accounts.models import User
    from registry.models.risk import RiskQuerySet

RATINGS = ("current", "inherent", "target")
SORTS = {
    "level": "score",
    "system": "system__name",
    "dimension": "dimension",
    "owner": "owner__name",
    "due": "due_date",
    "title": "title",
}
_FURTHEST = {
    MitigationStatus.PLANNED: 0,
    MitigationStatus.IN_PROGRESS: 1,
    MitigationStatus.DONE: 2,
    MitigationStatus.VERIFIED: 3,
    MitigationStatus.DROPPED: 4,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFilter:
    """What a list of risks is limited to; "" and None mean any.

    cell: (likelihood, severity) of the rating named by `rating`. level "beyond": above appetite.
    """

    text: str = ""
    system: int | None = None
    dimension: str = ""
    owner: int | None = None
    state: str = ""
    level: str = ""
    basis: str = ""
    rating: str = "current"
    cell: tuple[int, int] | None = None
    unrated: bool = False
    overdue: bool = False


def risks_shown(
    user: User | AnonymousUser, wanted: RiskFilter, *, scale: RiskScale, today: dt.date
) -> RiskQuerySet:
    """Return the risks in sight with `score` and `basis`, the highest first."""
    rows = risk_basis.with_basis(Risk.objects.visible_to(user).with_score())
    rows = rows.filter(_plain(wanted))
    if wanted.overdue:
        rows = rows.overdue(today=today)
    if wanted.level:
        low, high = _range(wanted.level, scale)
        rows = rows.filter(Q(score__gte=low, score__lte=high))
    if wanted.basis:
        rows = rows.filter(Q(basis=wanted.basis))
    return rows.order_by(F("score").desc(), "-pk")


def with_rows_beside(risks: RiskQuerySet) -> RiskQuerySet:
    """Read systems, owners and mitigations along, for pages that name them."""
    mitigations = Mitigation.objects.select_related("owner").order_by("due_date", "pk")
    return risks.select_related("system__portfolio", "owner", "rated_by").prefetch_related(
        Prefetch("mitigations", queryset=mitigations)
    )


def _plain(wanted: RiskFilter) -> Q:
    condition = Q()
    if wanted.text:
        for name in ("title", "harm", "affected_groups"):
            condition |= Q(**{f"{name}__icontains": wanted.text})
        digits = wanted.text.upper().removeprefix("R-")
        if digits.isascii() and digits.isdigit() and len(digits) < 10:
            condition |= Q(pk=int(digits))
    for name in ("system", "dimension", "owner", "state"):
        value = getattr(wanted, name)
        if value:
            condition &= Q(**{name: value})
    if wanted.unrated:
        condition &= Q(current_score__isnull=True)
    if wanted.cell:
        likelihood, severity = wanted.cell
        condition &= Q(
            **{f"{wanted.rating}_likelihood": likelihood, f"{wanted.rating}_severity": severity}
        )
    return condition


def _range(level: str, scale: RiskScale) -> tuple[int, int]:
    if level == "beyond":
        return scale.beyond_appetite, 25
    return scale.bounds(level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Numbers above a list of risks. heat: what components/heat.html takes."""

    total: int
    by_level: dict[str, int]
    by_basis: dict[str, int]
    unrated: int
    heat: dict[str, Any]

    @property
    def grave(self) -> int:
        """How many are high or critical."""
        return self.by_level["high"] + self.by_level["critical"]


def overview(risks: RiskQuerySet, *, rating: str, scale: RiskScale, url: str) -> Overview:
    """Count the risks by cell, level and basis in two queries. url: of the list, ends in "?" or "&"."""
    plain: Any = risks.order_by()
    cells = _cells(plain, rating)
    scores = plain.values_list("score", "basis").annotate(n=Count("pk"))
    by_level, by_basis = dict.fromkeys(LEVELS, 0), dict.fromkeys(dict(risk_basis.BASES), 0)
    for score, basis, n in scores:
        by_level[scale.level_of(score)] += n
        by_basis[basis] += n
    total = sum(by_level.values())
    return Overview(
        total=total,
        by_level=by_level,
        by_basis=by_basis,
        unrated=total - sum(cells.values()),
        heat=_heat(cells, rating, scale, url),
    )


def _cells(risks: RiskQuerySet, rating: str) -> dict[tuple[int, int], int]:
    names = (f"{rating}_likelihood", f"{rating}_severity")
    rated = risks.filter(**{f"{names[0]}__isnull": False})
    counted = rated.values_list(*names).annotate(n=Count("pk"))
    return {(likelihood, severity): n for likelihood, severity, n in counted}


def _heat(
    cells: dict[tuple[int, int], int], rating: str, scale: RiskScale, url: str
) -> dict[str, Any]:
    """The most likely row stands at the top, the gravest column at the right."""
    rows = []
    for likelihood in range(5, 0, -1):
        word = scale.likelihood[likelihood - 1]
        row = [_cell(cells, (likelihood, severity), rating, scale, url) for severity in range(1, 6)]
        rows.append({"label": word, "cells": row})
    return {
        "caption": f"Risks by {rating} likelihood and severity; a number opens its risks",
        "columns": list(scale.severity),
        "rows": rows,
    }


def _cell(
    cells: dict[tuple[int, int], int],
    cell: tuple[int, int],
    rating: str,
    scale: RiskScale,
    url: str,
) -> dict[str, Any]:
    likelihood, severity = cell
    level = scale.level(likelihood, severity)
    n = cells.get(cell, 0)
    words = f"{scale.likelihood[likelihood - 1].lower()}, {scale.severity[severity - 1].lower()}"
    return {
        "level": scale.rank(level),
        "n": n,
        "url": f"{url}rating={rating}&cell={likelihood}-{severity}",
        "label": f"{n} {level}: {words}",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class MitigationState:
    """How far a risk's mitigations are, for one badge. code: of the badge kind "mitigation"."""

    code: str
    pk: int
    word: str = ""


def mitigation_badge(mitigation: Mitigation, *, today: dt.date) -> MitigationState:
    """Return the badge of one mitigation; overdue wins over how far it is."""
    if mitigation.is_overdue(today=today):
        return MitigationState(code="overdue", pk=mitigation.pk)
    codes = {MitigationStatus.PLANNED: "not_started", MitigationStatus.DROPPED: "abandoned"}
    status = MitigationStatus(mitigation.status)
    word = "Dropped" if status == MitigationStatus.DROPPED else ""
    return MitigationState(code=codes.get(status, status.value), pk=mitigation.pk, word=word)


def worst_mitigation(risk: Risk, *, today: dt.date) -> MitigationState | None:
    """Return the badge of the mitigation that is least far; overdue first; None without any."""
    rows = list(risk.mitigations.all())
    if not rows:
        return None
    late = [row for row in rows if row.is_overdue(today=today)]
    row = late[0] if late else min(rows, key=lambda row: _FURTHEST[MitigationStatus(row.status)])
    return mitigation_badge(row, today=today)
