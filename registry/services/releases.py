"""Versions of a system: made, cloned, changed; each change moves the scope digest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from rai_portal.db import row_record
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record
from rai_portal.work.choices import WorkState
from registry.choices import DatasetUse
from registry.models import Contribution, Release, ReleaseDataset
from registry.permissions import require_change
from registry.release_settings import checked_settings
from registry.services.contributions import note_contribution
from registry.services.saving import save_checked

if TYPE_CHECKING:
    from rai_portal.accounts.models import Portfolio, User
    from registry.models import AISystem, Dataset, ModelArtefact

CARRIED = ("release.", "intake.")
"""Acts whose outcome a clone carries on: who did them had a hand in the clone too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """What a person says of a release. settings: JSON values by name."""

    version: str
    change_summary: str = ""
    planned_launch: dt.date | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    uses_sensitive_at_decision: bool = False


def facts_of(release: Release) -> ReleaseFacts:
    """Return what is said of the release now, to be changed with `dataclasses.replace`."""
    return ReleaseFacts(
        version=release.version,
        change_summary=release.change_summary,
        planned_launch=release.planned_launch,
        settings=dict(release.settings),
        uses_sensitive_at_decision=release.uses_sensitive_at_decision,
    )


@transaction.atomic
def create_release(
    *,
    actor: User,
    system: AISystem,
    version: str,
    change_summary: str = "",
    planned_launch: dt.date | None = None,
    clone_from: Release | None = None,
    settings: dict[str, Any] | None = None,
    uses_sensitive_at_decision: bool | None = None,
) -> Release:
    """Return a new release; datasets, model and settings come from `clone_from` where named."""
    require_change(actor, system.portfolio_id)
    if clone_from is not None and clone_from.system_id != system.pk:
        message = "A release is cloned from a release of the same system. Nothing was made."
        raise Refused(message, field="clone_from")
    # As it stands in the database: the caller's copy may be older than its own last change.
    source = Release.objects.get(pk=clone_from.pk) if clone_from is not None else Release()
    _require_to_come(planned_launch)
    release = Release(
        system=system,
        version=version.strip(),
        change_summary=change_summary.strip(),
        planned_launch=planned_launch,
        cloned_from=clone_from,
        model=source.model,
        settings=dict(source.settings) if settings is None else checked_settings(settings),
        uses_sensitive_at_decision=source.uses_sensitive_at_decision
        if uses_sensitive_at_decision is None
        else uses_sensitive_at_decision,
        created_by=actor,
    )
    save_checked(release)
    if clone_from is not None:
        _carry_over(clone_from, release)
    note_contribution(release=release, user=actor, act="release.created")
    details = {"scope_digest": release.scope_digest()}
    record(actor=actor, action="release.created", subject=release, details=details)
    return release


def _require_to_come(planned_launch: dt.date | None) -> None:
    if planned_launch is not None and planned_launch < timezone.localdate():
        message = (
            f"{planned_launch} has passed, and deadlines are counted back from the launch. "
            "Nothing was saved. Choose today or a later day, or leave it out."
        )
        raise Refused(message, field="planned_launch")


def _carry_over(source: Release, release: Release) -> None:
    ReleaseDataset.objects.bulk_create(
        ReleaseDataset(release=release, dataset_id=item.dataset_id, use=item.use)
        for item in source.release_datasets.all()
    )
    Contribution.objects.bulk_create(
        Contribution(release=release, user_id=item.user_id, act=item.act)
        for item in source.contributions.all()
        if item.act.startswith(CARRIED)
    )


@transaction.atomic
def update_release(*, actor: User, release: Release, facts: ReleaseFacts) -> Release:
    """Change what is said of the release. A changed scope makes approvals of it stale."""
    with _changing(actor=actor, release=release, action="release.changed") as row:
        if facts.planned_launch != row.planned_launch:
            _require_to_come(facts.planned_launch)
        row.version = facts.version.strip()
        row.change_summary = facts.change_summary.strip()
        row.planned_launch = facts.planned_launch
        row.settings = checked_settings(facts.settings)
        row.uses_sensitive_at_decision = facts.uses_sensitive_at_decision
        save_checked(row)
    return row


def require_attachable(*, actor: User, release: Release, portfolio: Portfolio) -> None:
    """Raise what `attach_dataset` would, before a table is taken in for it."""
    require_change(actor, release.portfolio_id)
    if portfolio.pk != release.portfolio_id:
        message = (
            "The release belongs to another portfolio than the dataset would. Nothing was kept. "
            "Upload the table to the portfolio of the release."
        )
        raise Refused(message, field="release")


@transaction.atomic
def attach_dataset(
    *, actor: User, release: Release, dataset: Dataset, use: str = DatasetUse.EVALUATION
) -> ReleaseDataset:
    """Say that the release uses the dataset; saying it twice is refused."""
    if dataset.portfolio_id != release.portfolio_id:
        message = "The dataset belongs to another portfolio. Nothing was attached. Upload it here."
        raise Refused(message, field="dataset")
    details = {"dataset": dataset.pk, "use": str(use)}
    with _changing(
        actor=actor, release=release, action="release.dataset_attached", details=details
    ) as row:
        item = ReleaseDataset(release=row, dataset=dataset, use=use)
        if row.release_datasets.filter(dataset=dataset, use=use).exists():
            message = f"{dataset.name} is attached for that use already. Nothing was changed."
            raise Refused(message, field="dataset")
        save_checked(item)
    return item


@transaction.atomic
def detach_dataset(*, actor: User, item: ReleaseDataset) -> None:
    """Say that the release no longer uses the dataset; dataset and runs on it are kept."""
    details = {"dataset": item.dataset_id, "use": item.use}
    with _changing(
        actor=actor, release=item.release, action="release.dataset_detached", details=details
    ):
        item.delete()


@transaction.atomic
def set_model(*, actor: User, release: Release, model: ModelArtefact | None) -> Release:
    """Say which model the release is; None for none."""
    if model is not None:
        _require_usable(release, model)
    with _changing(actor=actor, release=release, action="release.model_set") as row:
        row.model = model
        save_checked(row)
    return row


def _require_usable(release: Release, model: ModelArtefact) -> None:
    if model.system_id != release.system_id:
        message = "The model belongs to another system. Nothing was changed. Upload it here."
        raise Refused(message, field="model")
    if model.state in (WorkState.FAILED, WorkState.CANCELLED):
        message = (
            f"The signature of {model.name} could not be read: {model.message} The release keeps "
            "the model it had."
        )
        raise Refused(message, field="model")


@contextmanager
def _changing(
    *, actor: User, release: Release, action: str, details: dict[str, Any] | None = None
) -> Iterator[Release]:
    """Lock the release, let the body change it, note who did, and write the ledger entry."""
    row = Release.objects.select_for_update().select_related("system").get(pk=release.pk)
    require_change(actor, row.portfolio_id)
    before, digest = row_record(row), row.scope_digest()
    yield row
    after = row.scope_digest()
    if row_record(row) == before and after == digest:
        return
    note_contribution(release=row, user=actor, act=action)
    scope = {"scope_digest_before": digest, "scope_digest_after": after}
    record(
        actor=actor, action=action, subject=row, before=before, details={**(details or {}), **scope}
    )
