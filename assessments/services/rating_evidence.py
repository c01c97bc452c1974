"""What the residual rating of a risk rests on, for one release: read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from assessments.rules import risk_matrix
from assessments.rules.check_evidence import departure
from evaluations.choices import VerdictWord
from rai_portal.work.choices import WorkState
from registry.choices import RiskState
from registry.rating_rule import Cell, Grade, Graded, Standing
from registry.services.ratings import standing_of

if TYPE_CHECKING:
    from assessments.rules.gate_inputs import CheckEvidence, RunEvidence
    from assessments.rules.policy_data import Policy
    from assessments.rules.requirements import Requirement
    from evaluations.models import RiskRun, RunVerdict
    from registry.models import Release, Risk, RiskRating

type Basis = Literal["measured", "attested", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The release as it is now: scope, checks of its newest plan, and what the policy asks."""

    release: Release
    scope_digest: str
    checks: Mapping[str, CheckEvidence]
    requirements: Mapping[str, Requirement]

    @classmethod
    def of(
        cls,
        release: Release,
        *,
        scope_digest: str,
        checks: Sequence[CheckEvidence],
        requirements: Sequence[Requirement],
    ) -> Present:
        """Index what the gate has read already."""
        return cls(
            release=release,
            scope_digest=scope_digest,
            checks={item.check_id: item for item in checks},
            requirements={item.key: item for item in requirements},
        )

    def measures(self, verdict: RunVerdict | None) -> bool:
        """Return whether the verdict is one that a rating may rest on as measured.

        A limit that the policy asks for, or a stricter one, was passed on the present scope, by
        every run of the check that counts there.
        """
        if verdict is None or verdict.verdict != VerdictWord.PASS or verdict.threshold is None:
            return False
        check = self.checks.get(str(verdict.check_row_id))
        asked = self.requirements.get(check.requirement_key) if check else None
        if check is None or asked is None or asked.measure is None:
            return False
        if departure(asked.measure, check):
            return False
        here = self._judged(check)
        cited = any(run.run_id == str(verdict.run_id) for run in here)
        return cited and all(run.verdict == VerdictWord.PASS for run in here)

    def contradicted(self, cited: Sequence[RunVerdict]) -> bool:
        """Return whether a run that the rating does not cite speaks against a pass that it does."""
        known = {(str(item.check_row_id), str(item.run_id)) for item in cited}
        passed = {str(item.check_row_id) for item in cited if item.verdict == VerdictWord.PASS}
        return any(
            run.verdict != VerdictWord.PASS and (key, run.run_id) not in known
            for key in passed
            if key in self.checks
            for run in self._judged(self.checks[key])
        )

    def _judged(self, check: CheckEvidence) -> list[RunEvidence]:
        return [
            run
            for run in check.runs
            if run.counts and run.scope_digest == self.scope_digest and run.verdict
        ]


def graded_by(policy: Policy) -> Grade:
    """Return how the policy's matrix grades a cell; what is off its scale is graded worst."""
    matrix = policy.risk_matrix
    ranks = {item.key: len(matrix.levels) - place for place, item in enumerate(matrix.levels)}

    def grade(cell: Cell) -> Graded:
        try:
            level = risk_matrix.level(matrix, likelihood=cell[0], severity=cell[1])
        except ValueError:
            return Graded(severity=cell[1], rank=len(matrix.levels), over=True)
        over = risk_matrix.over_appetite(matrix, level)
        return Graded(severity=cell[1], rank=ranks[level.key], over=over)

    return grade


def rating_of(risk: Risk, ratings: Sequence[RiskRating], policy: Policy) -> Standing:
    """Return the rating that counts by the policy of the gate."""
    return standing_of(risk, ratings, graded_by(policy))


def is_closed(risk: Risk, standing: Standing, policy: Policy) -> bool:
    """Return whether the risk was closed within appetite; one closed above it is still open."""
    return risk.state == RiskState.CLOSED and not graded_by(policy)(standing.cell).over


def basis_of(risk: Risk, links: Sequence[RiskRun], present: Present) -> tuple[Basis, bool]:
    """Return what the rating rests on for this release, and whether that is still current.

    Measured: linked, before it was given, to a passed verdict on the present scope. Attested: a
    person gave a rationale or a file. A rating that cites runs is not current when they are all
    of another scope and it was not given anew since this release began, or when a later run of a
    check that it cites as passed says otherwise.
    """
    if risk.current_likelihood is None or risk.rated_at is None:
        return ("missing", True) if risk.current_likelihood is None else (_word(risk), True)
    cited = [
        link
        for link in links
        if link.run.state == WorkState.SUCCEEDED and link.created_at <= risk.rated_at
    ]
    if any(present.measures(link.verdict) for link in cited):
        return "measured", True
    return _word(risk), _current(risk, cited, present)


def _word(risk: Risk) -> Basis:
    given = bool(risk.rating_rationale.strip()) or risk.rating_evidence_id is not None
    return "attested" if given else "missing"


def _current(risk: Risk, cited: Sequence[RiskRun], present: Present) -> bool:
    here = [link for link in cited if link.run.scope_digest == present.scope_digest]
    if here:
        return not present.contradicted([link.verdict for link in here if link.verdict is not None])
    return not cited or (risk.rated_at is not None and risk.rated_at >= present.release.created_at)
