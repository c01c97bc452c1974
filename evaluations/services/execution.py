"""A run on the worker: reads, computes, draws, and stores result, verdicts and ledger entries."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from evaluations import execute
from evaluations.methods import catalogue
from evaluations.methods.inputs import BadInput, ColumnRoles, EvaluationRequest
from evaluations.methods.results import MethodReport, as_json, result_digest
from evaluations.models import RunVerdict
from evaluations.services.drawing import with_limits
from evaluations.services.provenance import Meter, provenance
from evaluations.services.runs import repetition_of
from evaluations.services.verdicts import errors, judge
from rai_portal.documents.figures import svg
from rai_portal.documents.services.store import safe_name
from rai_portal.ledger.services.record import record as write
from rai_portal.work.choices import Stage
from rai_portal.work.engine import Progress, RefusedWork
from registry.choices import ColumnRole
from registry.services.sensitive import note_sensitive_read

if TYPE_CHECKING:
    from evaluations.models import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """What an execution made: the `rai-result/1` record with its figures drawn, and its digest."""

    record: dict[str, Any]
    digest: str


class ExecuteRun:
    """One run, as the engine of work asks for it."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def perform(self, progress: Progress) -> Executed:
        """Evaluate and draw; the ledger knows that sensitive columns are read before they are."""
        meter = Meter()

        def report(stage: str, done: int = 0, total: int = 0) -> None:
            meter.enter(stage)
            progress(stage, done, total)

        report(Stage.LOADING)
        self._require_same_method()
        self._note_sensitive_read()
        with scratch() as folder:
            found = self._evaluated(folder, report)
        self._require_same_bytes(found)
        record = as_json(found)
        record["figures"] = with_limits(record, self.run.checks.all())
        for number, figure in enumerate(record["figures"]):
            report(Stage.DRAWING, number, len(record["figures"]))
            figure["svg"] = svg(figure["specification"])
        record["provenance"] = provenance(self.run, meter=meter, inputs=found.inputs)
        return Executed(record=record, digest=result_digest(record))

    def store(self, outcome: Executed) -> None:
        """Keep the result, what it says of each check, and the ledger's entry."""
        run = self.run
        run.result, run.result_digest = outcome.record, outcome.digest
        run.headline = outcome.record["headline"]
        run.save(update_fields=["result", "result_digest", "headline"])
        if run.counts:
            RunVerdict.objects.bulk_create(judge(run, outcome.record, run.checks.all()))
        details: dict[str, Any] = {"result_digest": outcome.digest}
        repetition = repetition_of(run)
        if repetition is not None:
            details |= {"repeats": repetition.original.pk, "same": repetition.same}
        write(actor=None, action="run.succeeded", subject=run, details=details)

    def failed(self, reason: str) -> None:
        """Let every check say that it has no result: an error never counts as met."""
        run = self.run
        if run.counts:
            RunVerdict.objects.bulk_create(errors(run, reason, run.checks.all()))
        write(actor=None, action="run.failed", subject=run, reason=reason)

    def _require_same_method(self) -> None:
        version = catalogue.get(self.run.method).version
        if version != self.run.method_version:
            message = (
                f"The run was started for version {self.run.method_version} of its method, and "
                f"this worker has {version}. Nothing was computed. Start it anew."
            )
            raise RefusedWork(message)

    def _note_sensitive_read(self) -> None:
        """Tell the ledger, or refuse where a group column is no longer declared sensitive."""
        groups = self.run.inputs["columns"]["groups"]
        found = list(self.run.dataset.columns.filter(name__in=groups, role=ColumnRole.SENSITIVE))
        if len(found) != len(groups):
            message = (
                "A group column is no longer declared sensitive, with purpose and legal basis, so "
                "it was not read. Nothing was computed. Declare it and start a new run."
            )
            raise RefusedWork(message)
        if found:
            note_sensitive_read(
                actor=self.run.started_by,
                dataset=self.run.dataset,
                columns=found,
                work={"run": self.run.pk},
            )

    def _evaluated(self, folder: Path, report: Progress) -> MethodReport:
        run, columns = self.run, self.run.inputs["columns"]
        model = run.model
        request = EvaluationRequest(
            data_path=linked(folder, run.dataset.file.path, run.dataset.file.original_name),
            roles=ColumnRoles(
                label=columns["label"],
                prediction=columns["prediction"],
                score=columns["score"],
                groups=tuple(columns["groups"]),
                edges=tuple(
                    (name, tuple(edges)) for name, edges in columns.get("edges", {}).items()
                ),
            ),
            model_path=model.file.path if model else None,
            favourable=run.inputs["favourable"],
            positive_label=run.inputs["positive_label"],
            parameters=run.parameters,
            seed=run.seed,
            scratch_dir=folder,
            progress=report,
        )
        try:
            return execute.run(run.method, request)
        except BadInput as refusal:
            raise RefusedWork(str(refusal)) from refusal

    def _require_same_bytes(self, found: MethodReport) -> None:
        expected = {
            role: self.run.inputs[role]["sha256"]
            for role in ("data", "model")
            if self.run.inputs.get(role)
        }
        for role, digest in expected.items():
            if found.inputs.get(role) != digest:
                message = (
                    f"The {role} on disk is not what was uploaded: its SHA-256 differs. No result "
                    "was kept. Tell who keeps the portal, and upload it again."
                )
                raise RefusedWork(message)


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder to spill to, gone at the end."""
    root = Path(settings.SCRATCH_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix="run-") as name:
        yield Path(name)


def linked(folder: Path, stored: Path, original: str) -> Path:
    """Return a link with the name that people know; files are stored by digest alone."""
    link = folder / safe_name(original)
    link.symlink_to(stored)
    return link
