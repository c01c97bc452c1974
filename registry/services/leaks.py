"""Asks a worker whether a feature may be known only after the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rai_portal.ledger.services.record import record
from rai_portal.work.choices import Stage
from rai_portal.work.engine import Progress, RefusedWork, submit
from registry.choices import ColumnRole
from registry.models import Dataset, DatasetColumn, LeakCheck
from registry.reading.errors import RefusedFile
from registry.reading.profile import profile
from registry.services.uploads import kept_but_unused

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.reading.leaks import Leak


def look_for_leaks(*, actor: User, dataset: Dataset) -> LeakCheck | None:
    """Queue the look where there is a label and a feature; call it in the change's transaction."""
    columns = list(dataset.columns.all())
    label = next((column.name for column in columns if column.role == ColumnRole.LABEL), "")
    features = [column.name for column in columns if column.role == ColumnRole.FEATURE]
    if not label or not features:
        dataset.columns.update(warning="")
        return None
    look = LeakCheck.objects.create(
        dataset=dataset,
        label=label,
        positive=dataset.positive_label,
        features=features,
        requested_by=actor,
    )
    submit(look)
    return look


class FindLeaks:
    """Looks at each feature beside the label, on the worker."""

    def __init__(self, look: LeakCheck) -> None:
        self.look = look

    def perform(self, progress: Progress) -> tuple[Leak, ...]:
        """Return the columns to ask about; refuses with the reader's sentence."""
        progress(Stage.LOADING)
        # Brings NumPy, which the web process does without.
        from registry.reading.leaks import find_leaks

        path = self.look.dataset.file.path
        try:
            found = profile(path)
            progress(Stage.COMPUTING)
            return find_leaks(
                path,
                found,
                label=self.look.label,
                features=self.look.features,
                positive=self.look.positive,
            )
        except RefusedFile as refusal:
            raise RefusedWork(kept_but_unused(refusal)) from refusal

    def store(self, outcome: tuple[Leak, ...]) -> None:
        """Keep what was found, and the warnings beside the columns unless roles have moved on."""
        look = self.look
        look.found = [leak.as_json() for leak in outcome]
        look.save(update_fields=["found"])
        newest = look.dataset.leak_checks.order_by("-pk").values_list("pk", flat=True).first()
        if newest == look.pk:
            reasons: dict[str, list[str]] = {}
            for leak in outcome:
                reasons.setdefault(leak.column, []).append(leak.reason)
            columns = list(look.dataset.columns.all())
            for column in columns:
                column.warning = " ".join(reasons.get(column.name, ()))
            DatasetColumn.objects.bulk_update(columns, ("warning",))
        details = {"columns": sorted({leak.column for leak in outcome})}
        record(actor=None, action="dataset.leaks_looked_for", subject=look, details=details)

    def failed(self, reason: str) -> None:
        """Tell the ledger that the look could not be done."""
        record(actor=None, action="dataset.leak_look_failed", subject=self.look, reason=reason)
