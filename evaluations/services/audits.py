"""A fairness report from nothing but a file of predictions; a system may take it in later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

from evaluations.models import QuickAudit
from evaluations.services.runs import start_uncounted_run
from rai_portal.db import row_record
from rai_portal.errors import Conflict, Refused
from rai_portal.ledger.services.record import record
from rai_portal.work.choices import WorkState
from registry.choices import ColumnRole
from registry.models import Dataset
from registry.permissions import require_change
from registry.services.contributions import note_contribution_to_system
from registry.services.datasets import ColumnRoleInput, set_roles, upload_dataset
from registry.services.saving import save_checked

if TYPE_CHECKING:
    from rai_portal.accounts.models import Portfolio, User
    from registry.models import AISystem

METHOD = "fairness.group_rates"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditColumns:
    """What the columns of a file of predictions are for. Empty: the file has no such column."""

    prediction: str
    favourable: str
    groups: tuple[str, ...]
    purpose: str
    legal_basis: str
    label: str = ""
    positive_label: str = ""
    score: str = ""
    edges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of group columns of numbers: the edges of their bins, rising."""
    outcome_word: str = ""
    minimum_group_size: int = 30


def upload_for_audit(
    *, actor: User, portfolio: Portfolio, name: str, chunks: Iterable[bytes], original_name: str
) -> Dataset:
    """Keep the file; its columns stand at once, to be named in the next step."""
    return upload_dataset(
        actor=actor,
        portfolio=portfolio,
        name=name.strip() or original_name,
        chunks=chunks,
        original_name=original_name,
    )


@transaction.atomic
def audit_dataset(*, actor: User, dataset: Dataset, columns: AuditColumns) -> QuickAudit:
    """Say what the columns are for and queue the report.

    An audit whose run failed or was cancelled may be made again with other columns.
    """
    require_change(actor, dataset.portfolio_id)
    _require_fit(dataset, columns)
    known = _earlier(dataset)
    row = set_roles(
        actor=actor,
        dataset=dataset,
        roles=_roles(dataset, columns),
        favourable=columns.favourable,
        positive_label=columns.positive_label or columns.favourable,
        outcome_word=columns.outcome_word,
    )
    # Roles may have been read before they were set.
    fresh = Dataset.objects.select_related("portfolio", "file").get(pk=row.pk)
    run = start_uncounted_run(
        actor=actor,
        method=METHOD,
        dataset=fresh,
        parameters={"minimum_group_size": columns.minimum_group_size},
        groups=columns.groups,
        title=f"Quick audit of {fresh.name}"[:160],
    )
    if known is None:
        audit = QuickAudit(portfolio=fresh.portfolio, dataset=fresh, run=run, created_by=actor)
        save_checked(audit)
        record(actor=actor, action="audit.started", subject=audit)
        return audit
    before = row_record(known)
    known.run = run
    save_checked(known)
    record(actor=actor, action="audit.started_anew", subject=known, before=before)
    return known


def may_be_made_anew(audit: QuickAudit) -> bool:
    """Tell whether an audit has no report and nothing under way that could become one."""
    return audit.run is None or audit.run.state in (WorkState.FAILED, WorkState.CANCELLED)


def _earlier(dataset: Dataset) -> QuickAudit | None:
    rows = QuickAudit.objects.select_for_update(of=("self",)).select_related("run")
    known = rows.filter(dataset=dataset).first()
    if known is not None and not may_be_made_anew(known):
        message = (
            f"{known} was made already, or is on its way. Nothing was started. Open it, or upload "
            "the file again for another."
        )
        raise Conflict(message)
    return known


def start_audit(
    *,
    actor: User,
    portfolio: Portfolio,
    name: str,
    chunks: Iterable[bytes],
    original_name: str,
    columns: AuditColumns,
) -> QuickAudit:
    """Upload, name the columns and queue the report in one step; all of it or nothing."""
    with transaction.atomic():
        dataset = upload_for_audit(
            actor=actor, portfolio=portfolio, name=name, chunks=chunks,
            original_name=original_name,
        )  # fmt: skip
        return audit_dataset(actor=actor, dataset=dataset, columns=columns)


@transaction.atomic
def attach_audit(*, actor: User, audit: QuickAudit, system: AISystem) -> QuickAudit:
    """Give the audit and its dataset to a system of the portfolio; it still counts at no gate."""
    row = (
        QuickAudit.objects.select_for_update(of=("self",))
        .select_related("dataset")
        .get(pk=audit.pk)
    )
    require_change(actor, row.portfolio_id)
    if system.portfolio_id != row.portfolio_id:
        message = (
            "The system belongs to another portfolio. Nothing was changed. Choose one of this."
        )
        raise Refused(message, field="system")
    if row.system_id is not None:
        if row.system_id == system.pk:
            return row
        message = f"The audit belongs to {row.system} already. Nothing was changed."
        raise Refused(message, field="system")
    before = row_record(row)
    row.system = system
    row.save(update_fields=["system"])
    _attach_dataset(actor, row.dataset, system)
    note_contribution_to_system(system=system, user=actor, act="audit.attached")
    record(actor=actor, action="audit.attached", subject=row, before=before)
    return row


def _attach_dataset(actor: User, dataset: Dataset, system: AISystem) -> None:
    if dataset.system_id is not None:
        return
    before = row_record(dataset)
    dataset.system = system
    dataset.save(update_fields=["system"])
    record(actor=actor, action="dataset.attached", subject=dataset, before=before)


def _require_fit(dataset: Dataset, columns: AuditColumns) -> None:
    if not columns.groups:
        message = (
            "Name at least one column that says to which group a person belongs. Nothing was "
            "started."
        )
        raise Refused(message, field="groups")
    named = [columns.prediction, *columns.groups]
    named += [name for name in (columns.label, columns.score) if name]
    if len(set(named)) != len(named):
        message = "One column cannot play two parts. Nothing was started. Choose another for one."
        raise Refused(message, field="prediction")


def _roles(dataset: Dataset, columns: AuditColumns) -> dict[str, ColumnRoleInput]:
    roles = {
        column.name: ColumnRoleInput(role=ColumnRole.IGNORED) for column in dataset.columns.all()
    }
    roles[columns.prediction] = ColumnRoleInput(role=ColumnRole.PREDICTION)
    if columns.label:
        roles[columns.label] = ColumnRoleInput(role=ColumnRole.LABEL)
    if columns.score:
        roles[columns.score] = ColumnRoleInput(role=ColumnRole.SCORE)
    for name in columns.groups:
        roles[name] = ColumnRoleInput(
            role=ColumnRole.SENSITIVE, purpose=columns.purpose, legal_basis=columns.legal_basis,
            edges=columns.edges.get(name, ()),
        )  # fmt: skip
    return roles
