"""From the policy's requirements to a proposed plan of checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assessments.rules.requirements import Proposal, propose_plan
from assessments.services.gates import ReleaseGate, available_methods, release_gate
from evaluations.services.plans import PlannedCheckInput
from evaluations.services.plans import propose_plan as make_plan
from rai_portal.errors import Refused
from registry.choices import ColumnRole, DatasetUse
from registry.models import Dataset
from registry.permissions import require_change

if TYPE_CHECKING:
    from evaluations.models import EvaluationPlan
    from rai_portal.accounts.models import User
    from registry.models import Release


def proposal_of(found: ReleaseGate) -> Proposal:
    """Return the checks that the policy asks of the release, and those that cannot be planned."""
    if found.inputs is None or found.tier is None:
        message = (
            "The tier is not known, so nothing can be planned. Nothing was made. Submit the "
            "intake first."
        )
        raise Refused(message)
    held = {role for dataset in _datasets(found.release) for role in _roles(dataset)}
    return propose_plan(
        found.inputs.requirements,
        has_label=ColumnRole.LABEL in held,
        has_prediction=ColumnRole.PREDICTION in held,
        has_score=ColumnRole.SCORE in held,
        has_model=found.release.model_id is not None,
        available_methods=available_methods(),
    )


def propose(*, actor: User, release: Release) -> tuple[EvaluationPlan, Proposal]:
    """Make a draft plan of what the policy asks; returns it with what could not be planned."""
    require_change(actor, release.portfolio_id)
    found = release_gate(release)
    proposal = proposal_of(found)
    if not proposal.checks:
        why = (
            proposal.unplanned[0].reason
            if proposal.unplanned
            else ("The policy asks this release for no measurement.")
        )
        raise Refused(f"No check can be planned: {why}")
    planned = [
        PlannedCheckInput(
            requirement=check.requirement_key,
            title=_with_data(check.title, dataset, among=len(found_on)),
            short_title=check.short_title,
            method=check.method,
            metric=check.metric,
            by=(check.by,) if check.by else (),
            direction=check.direction,
            threshold=check.threshold,
            parameters=dict(check.parameters),
            dataset=dataset,
        )
        for check in proposal.checks
        for found_on in [_datasets_for(release, check.by, check.inputs)]
        for dataset in found_on
    ]
    plan = make_plan(
        actor=actor, release=release, planned=planned, policy_digest=found.gate.policy_digest
    )
    return plan, proposal


def _datasets(release: Release) -> list[Dataset]:
    items = sorted(release.release_datasets.all(), key=lambda item: item.pk)
    return [item.dataset for item in items if item.use == DatasetUse.EVALUATION]


def _roles(dataset: Dataset) -> set[str]:
    return {column.role for column in dataset.columns.all()}


def _datasets_for(release: Release, by: str, inputs: tuple[str, ...]) -> Sequence[Dataset | None]:
    """Return every dataset that has the group column and the roles; else the first of all."""
    datasets = _datasets(release)
    needed = {name for name in inputs if name != "model"}
    fit = [
        dataset
        for dataset in datasets
        if (not by or by in dataset.columns_of(ColumnRole.SENSITIVE)) and needed <= _roles(dataset)
    ]
    return fit or datasets[:1] or [None]


def _with_data(title: str, dataset: Dataset | None, *, among: int) -> str:
    return title if dataset is None or among == 1 else f"{title}, on {dataset.name}"[:160]
