"""The groups of a dataset counted by a worker, so that a plan knows what its checks can show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evaluations.methods.inputs import BadInput
from evaluations.models import SizeCount
from evaluations.services.grouping import roles_for, run_inputs
from rai_portal.db import canonical_digest
from rai_portal.documents.figures import drawable
from rai_portal.ledger.services.record import record
from rai_portal.work.choices import Stage, WorkState
from rai_portal.work.engine import Progress, RefusedWork, submit
from registry.choices import ColumnRole
from registry.services.sensitive import note_sensitive_read

if TYPE_CHECKING:
    from evaluations.methods.sizes import Sizes
    from evaluations.sources.files import DataFile
    from rai_portal.accounts.models import User
    from registry.models import Dataset

METHOD = "fairness.group_rates"
"""Whose checks are foreseen, and whose reader counts."""
AGAIN = (WorkState.FAILED, WorkState.CANCELLED)


def sizes_key(dataset: Dataset) -> str:
    """Return what a count depends on: the rows, and what the columns are for; "" if too little."""
    groups = dataset.columns_of(ColumnRole.SENSITIVE)
    if not groups or not dataset.columns_of(ColumnRole.PREDICTION):
        return ""
    read = run_inputs(METHOD, dataset, groups, None)
    return canonical_digest(
        [
            read["data"]["sha256"],
            {**read["columns"], "score": None},
            read["favourable"],
            read["positive_label"],
        ]
    )


def newest_count(dataset: Dataset) -> SizeCount | None:
    """Return the newest count of the dataset as its columns are declared now, in any state."""
    key = sizes_key(dataset)
    return dataset.size_counts.filter(key=key).first() if key else None


def request_sizes(*, actor: User, dataset: Dataset) -> SizeCount | None:
    """Queue a count unless there is one; call it in the change's transaction. None: no roles."""
    key = sizes_key(dataset)
    if not key:
        return None
    found = newest_count(dataset)
    if found is not None and found.state not in AGAIN:
        return found
    count = SizeCount.objects.create(dataset=dataset, key=key, requested_by=actor)
    submit(count)
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the worker found. refused: column → why it cannot be counted by."""

    sizes: Sizes
    refused: dict[str, str]


class CountSizes:
    """Counts with the method's own reader, one group column at a time."""

    def __init__(self, count: SizeCount) -> None:
        self.count = count

    def perform(self, progress: Progress) -> Counted:
        """Count; the ledger knows that sensitive columns are read before they are."""
        progress(Stage.LOADING)
        dataset = self.count.dataset
        if self.count.key != sizes_key(dataset):
            message = "The columns were declared anew meanwhile. Nothing was counted."
            raise RefusedWork(message)
        note_sensitive_read(
            actor=self.count.requested_by,
            dataset=dataset,
            columns=dataset.columns.filter(role=ColumnRole.SENSITIVE),
            work={"for": "group sizes"},
        )
        # Brings NumPy and DuckDB, which the web process does without.
        from evaluations.services.execution import linked, scratch
        from evaluations.sources.files import inspect

        with scratch() as folder:
            try:
                path = linked(folder, dataset.file.path, dataset.file.original_name)
                file = inspect(path)
                if file.digest != dataset.file.sha256:
                    message = (
                        "The data on disk is not what was uploaded: its SHA-256 differs. Nothing "
                        "was counted. Tell who keeps the portal, and upload it again."
                    )
                    raise RefusedWork(message)
                return self._counted(file, folder, progress)
            except BadInput as refusal:
                raise RefusedWork(str(refusal)) from refusal

    def _counted(self, file: DataFile, folder: Path, progress: Progress) -> Counted:
        from evaluations.methods.sizes import joined, sizes_from_cells
        from evaluations.sources.tabular_cells import read_checked

        dataset = self.count.dataset
        columns = dataset.columns_of(ColumnRole.SENSITIVE)
        found: list[Sizes] = []
        refused: dict[str, str] = {}
        for number, column in enumerate(columns):
            progress(Stage.COMPUTING, number, len(columns))
            try:
                inputs = read_checked(
                    file,
                    replace(roles_for(METHOD, dataset, (column,)), score=None),
                    favourable=dataset.favourable or "1",
                    positive_label=dataset.positive_label or "1",
                    scratch_dir=folder,
                )
            except BadInput as refusal:
                refused[column] = str(refusal)
            else:
                found.append(sizes_from_cells(inputs.cells))
        if not found:
            raise BadInput(next(iter(refused.values())))
        return Counted(sizes=joined(found), refused=refused)

    def store(self, outcome: Counted) -> None:
        """Keep the counts, and tell the drafts that wait for them what they can show."""
        # The plans' foresight reads counts; counts need it only here.
        from evaluations.services.foresight import foresee_drafts

        count = self.count
        count.sizes, count.refused = drawable(outcome.sizes.as_json()), drawable(outcome.refused)
        count.save(update_fields=["sizes", "refused"])
        record(actor=None, action="dataset.sizes_counted", subject=count)
        foresee_drafts(count.dataset, count)

    def failed(self, reason: str) -> None:
        """Tell the ledger that nothing was counted."""
        record(actor=None, action="dataset.size_count_failed", subject=self.count, reason=reason)
