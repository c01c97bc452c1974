"""From a run to the risk that it measures and the mitigation that it verifies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from evaluations.models import MitigationRun, RiskRun
from rai_portal.db import row_record
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record
from rai_portal.work.choices import WorkState
from registry.permissions import require_change
from registry.services.mitigations import verify_mitigation
from registry.services.saving import save_checked

if TYPE_CHECKING:
    from evaluations.models import Run, RunVerdict
    from rai_portal.accounts.models import User
    from registry.models import AISystem, Mitigation, Risk


@transaction.atomic
def link_risk_to_run(
    *,
    actor: User,
    risk: Risk,
    run: Run,
    verdict: RunVerdict | None = None,
    metric: str = "",
    note: str = "",
) -> RiskRun:
    """Say that the run bears on the risk; the same link twice is one.

    verdict: of this run, which a rating given from now on may rest on; metric follows from it.
    None: the run is mentioned, and no rating is measured by it.
    """
    require_change(actor, risk.portfolio_id)
    _require_measures(run, risk.system)
    if verdict is not None and verdict.run_id != run.pk:
        message = f"The verdict is not one of run {run.pk}. Nothing was linked. Choose it there."
        raise Refused(message, field="verdict")
    told = verdict.check_row.metric if verdict is not None else metric
    known = RiskRun.objects.filter(risk=risk, run=run, metric=told, verdict=verdict).first()
    if known is not None:
        return known
    link = RiskRun(
        risk=risk, run=run, metric=told, verdict=verdict, note=note.strip(), created_by=actor
    )
    save_checked(link)
    # Of the risk too: who says what its rating rests on had a hand in it.
    details = {"run": run.pk, "verdict": verdict.pk if verdict is not None else None}
    record(
        actor=actor, action="risk.linked", subject=risk, before=row_record(risk), details=details
    )
    record(actor=actor, action="risk.linked_to_run", subject=link)
    return link


@transaction.atomic
def verify_mitigation_by_run(
    *, actor: User, mitigation: Mitigation, run: Run, note: str
) -> Mitigation:
    """Say that the mitigation works, on the evidence of a run."""
    require_change(actor, mitigation.portfolio_id)
    _require_measures(run, mitigation.risk.system)
    if not note.strip():
        message = "Say what the run shows of this mitigation. It keeps its status until then."
        raise Refused(message, field="note")
    row = verify_mitigation(
        actor=actor, mitigation=mitigation, note=note.strip(), reference=f"run {run.pk}"
    )
    link, made = MitigationRun.objects.get_or_create(
        mitigation=row, run=run, defaults={"created_by": actor}
    )
    if made:
        record(actor=actor, action="mitigation.linked_to_run", subject=link)
    return row


def _require_measures(run: Run, system: AISystem) -> None:
    if run.state != WorkState.SUCCEEDED:
        message = f"Run {run.pk} has no result. Nothing was linked. Choose a run that succeeded."
        raise Refused(message, field="run")
    of_system = run.release.system_id if run.release else run.dataset.system_id
    if of_system != system.pk:
        message = (
            f"Run {run.pk} is not of {system}. Nothing was linked. Choose a run of one of its "
            "releases, or attach the audit to the system first."
        )
        raise Refused(message, field="run")
