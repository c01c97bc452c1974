"""What a reader of a rating needs: the steps it takes, and what it cites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registry.services.ratings import may_answer

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import Risk, RiskRating
    from registry.risk_scale import RiskScale


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingStep:
    """One rating on the way. level: one of LEVELS."""

    label: str
    level: str
    likelihood: str
    severity: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRating:
    """A rating that waits, for the page of its risk."""

    rating: RiskRating
    step: RatingStep
    may_answer: bool


def waiting_rating(risk: Risk, user: User, scale: RiskScale) -> WaitingRating | None:
    """Return the rating that a second person has yet to answer, if there is one."""
    found = risk.ratings.waiting().select_related("rated_by", "evidence").first()
    if found is None:
        return None
    found.risk = risk
    step = _step("Proposed", (found.likelihood, found.severity), scale)
    return WaitingRating(rating=found, step=step, may_answer=may_answer(user, found))


def steps_of(risk: Risk, rating: RiskRating, scale: RiskScale) -> list[RatingStep]:
    """Return the inherent rating, the one that counts where there is one, and this one."""
    steps = [_step("Inherent", (risk.inherent_likelihood, risk.inherent_severity), scale)]
    if risk.current_likelihood is not None and risk.current_severity is not None:
        steps.append(_step("Counts now", (risk.current_likelihood, risk.current_severity), scale))
    return [*steps, _step("Proposed", (rating.likelihood, rating.severity), scale)]


def cited_runs(risk: Risk) -> list[Any]:
    """Return the links to runs, with the verdicts that they name; both are of the room above."""
    links: Any = risk.risk_runs
    return list(links.select_related("run", "verdict__check_row", "created_by"))


def _step(label: str, cell: tuple[int, int], scale: RiskScale) -> RatingStep:
    return RatingStep(
        label=label,
        level=scale.level(*cell),
        likelihood=scale.likelihood[cell[0] - 1],
        severity=scale.severity[cell[1] - 1],
        score=cell[0] * cell[1],
    )
