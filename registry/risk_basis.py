"""What a risk's rating rests on: measured, attested or missing.

Runs live in the room above and are reached by the reverse relation. That room may hand in a
stricter reading (a run of a changed scope measures nothing) with `use`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When

from rai_portal.work.choices import WorkState

if TYPE_CHECKING:
    from registry.models.risk import RiskQuerySet

BASES = (("measured", "Measured"), ("attested", "Attested"), ("missing", "Missing"))

_annotator: list[Callable[[RiskQuerySet], RiskQuerySet]] = []


def use(annotator: Callable[[RiskQuerySet], RiskQuerySet]) -> None:
    """Let the annotator add the column `basis` to risks instead of the reading below."""
    _annotator[:] = [annotator]


def with_basis(risks: RiskQuerySet) -> RiskQuerySet:
    """Annotate each risk with `basis`: "measured", "attested" or "missing"."""
    return _annotator[0](risks) if _annotator else _by_links(risks)


def _by_links(risks: RiskQuerySet) -> RiskQuerySet:
    """Measured: rated, and linked to a run that succeeded. Attested: rated with a reason."""
    links = risks.model.risk_runs.rel.related_model._default_manager
    measured = links.filter(risk=OuterRef("pk"), run__state=WorkState.SUCCEEDED)
    return risks.annotate(
        basis=Case(
            When(Q(current_score__isnull=True), then=Value("missing")),
            When(Exists(measured), then=Value("measured")),
            When(~Q(rating_rationale=""), then=Value("attested")),
            default=Value("missing"),
            output_field=CharField(),
        )
    )
