"""Evidence packs: everything about a release that an auditor can check without the portal."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from assessments.documents.pack import PackWriter
from assessments.documents.reading import read_dossier
from assessments.documents.rendering import file_name
from assessments.models import (
    Decision,
    DecisionCondition,
    ExceptionGrant,
    GateSnapshot,
    Intake,
    RequirementEvidence,
    Review,
    RiskAcceptance,
    SignOff,
    Vote,
)
from assessments.services.documents import MadePack
from assessments.services.gates import release_gate
from assessments.services.pack_documents import add_others, add_papers, papers_of, stem_of
from assessments.services.pack_ledger import add_ledger
from assessments.services.papers import standing_decision
from evaluations.models import (
    EvaluationPlan,
    EvaluationReport,
    Finding,
    MitigationRun,
    RiskRun,
    Run,
    RunVerdict,
)
from rai_portal.accounts.models import User
from rai_portal.db import row_record
from rai_portal.ledger.models import Entry, Head
from rai_portal.work.choices import Stage, WorkState
from rai_portal.work.engine import Progress
from registry.models import Dataset, Mitigation, Release, Risk, RiskRating
from registry.queries.hands import hands_in

if TYPE_CHECKING:
    from collections.abc import Iterable

README = """Evidence pack of {title}

What this is
  Everything that the portal holds about one release: its documents (PDF, HTML twin, JSON record),
  the runs with their results, risks, mitigations, reviews, signatures, decisions, the gate, the
  policy, and the ledger's entries about all of them.

  documents/ holds the memo and the model card of the decision that MANIFEST.json names (before a
  decision: the newest of this scope); documents/others/ holds whatever else was made.

How to check it
  In the unpacked folder: sha256sum -c SHA256SUMS (macOS: shasum -a 256 -c SHA256SUMS).
  MANIFEST.json names the same files with the same SHA-256, and their sizes; a file that is
  missing, added or different is damage. Each line of ledger/entries.jsonl holds the
  entry's own bytes (body_base64), the hash before it and its own hash:
  entry_hash = SHA-256(previous_hash as bytes, then body). The entries are an extract, so a gap in
  the sequence is an entry about something else, not damage. The body's "after" is the digest of
  the row as it was then. ledger/payloads.jsonl holds the names and reasons that the entries commit
  to: a commitment is SHA-256(salt, the byte 0x1f, the text). The checkpoint in MANIFEST.json is the
  newest entry of the whole ledger when this was made; the pack goes no further.
  The number of a person in the records is explained in registry/people.json.
  To recompute a number, whoever holds the data runs the method that the run names, with its
  parameters and seed; equal inputs give the result digest that the run states.

What was left out, and why
  The raw data, the model's bytes and the files that people filed as evidence: they may hold
  personal data or belong to others. Their SHA-256 is in this pack, so that whoever holds them can
  show that they are the same. Drawings are in the documents and in the runs' results.
  Signed checkpoints and inclusion proofs are not part of packs of this version.

Integrity is not truth
  An intact pack shows that nothing was changed since. It does not show that what people attested
  is right. Not legal advice.
"""


def build_pack(
    release: Release,
    *,
    at: dt.datetime,
    folder: Path,
    progress: Progress,
    decision: Decision | None = None,
    checkpoint: int | None = None,
) -> MadePack:
    """Write the pack into a scratch file of the folder.

    The same rows, moment and checkpoint give the same bytes. decision: the one whose papers lie
    on top; by default the newest on the present scope. checkpoint: sequence of the ledger's entry
    that the extract ends with; by default the newest.
    """
    sequence = checkpoint if checkpoint is not None else Head.objects.get(pk=1).sequence
    with tempfile.NamedTemporaryFile(dir=folder, prefix="pack-", delete=False) as scratch:
        path = Path(scratch.name)
    try:
        return _write(release, path, progress, at=at, decision=decision, checkpoint=sequence)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(
    release: Release,
    path: Path,
    progress: Progress,
    *,
    at: dt.datetime,
    decision: Decision | None,
    checkpoint: int,
) -> MadePack:
    dossier = read_dossier(release, at=at)
    decided = decision or standing_decision(release, dossier.release.scope_digest)
    papers = papers_of(release, dossier, decided)
    last = Entry.objects.filter(pk=checkpoint).first()
    subject = {
        "system": release.system.name,
        "release": release.version,
        "release_id": release.pk,
        "scope_digest": dossier.release.scope_digest,
        "gate_digest": dossier.gate.digest,
        "decision": {
            "id": decided.pk,
            "kind": decided.kind,
            "papers": [f"{stem_of(row)}.pdf" for row in papers],
        }
        if decided
        else None,
        "read_at": dossier.read_at.isoformat(timespec="microseconds"),
        "checkpoint": {"sequence": checkpoint, "entry_hash": last.entry_hash if last else ""},
    }
    with PackWriter(path, subject=subject) as pack:
        pack.add("README.txt", README.format(title=release).encode())
        add_papers(pack, papers, dossier, progress)
        add_others(pack, release, dossier, papers)
        progress(Stage.STORING, 0, 2)
        _add_registry(pack, release)
        _add_runs(pack, release)
        _add_reports(pack, release, at)
        _add_assessment(pack, release, at)
        progress(Stage.STORING, 1, 2)
        add_ledger(pack, release, checkpoint)
    name = file_name("evidence-pack", release.system.name, release.version)
    return MadePack(path=path, name=name, manifest=pack.manifest)


def _add_reports(pack: PackWriter, release: Release, at: dt.datetime) -> None:
    """Add the reports of runs, where somebody had them made."""
    reports = EvaluationReport.objects.filter(
        run__release=release, state=WorkState.SUCCEEDED, ended_at__lte=at
    ).select_related("pdf", "html")
    for row in reports.order_by("pk"):
        stem = f"evaluations/reports/run-{row.run_id}-report-{row.pk}"
        if row.pdf is not None:
            pack.add_file(f"{stem}.pdf", row.pdf.path)
        if row.html is not None:
            pack.add_file(f"{stem}.html", row.html.path)


def _records(rows: Iterable[models.Model]) -> list[dict[str, Any]]:
    return [row_record(row) for row in rows]


def _add_registry(pack: PackWriter, release: Release) -> None:
    risks = Risk.objects.filter(system=release.system_id).order_by("pk")
    mitigations = Mitigation.objects.filter(risk__system=release.system_id).order_by("pk")
    pack.add_record("registry/system.json", row_record(release.system))
    pack.add_record("registry/release.json", row_record(release))
    pack.add_record("registry/scope.json", release.scope_record())
    pack.add_record("registry/risks.json", _records(risks))
    ratings = RiskRating.objects.filter(risk__system=release.system_id).order_by("pk")
    pack.add_record("registry/ratings.json", _records(ratings))
    pack.add_record("registry/mitigations.json", _records(mitigations))
    pack.add_record(
        "registry/acceptances.json",
        _records(RiskAcceptance.objects.filter(risk__system=release.system_id).order_by("pk")),
    )
    pack.add_record(
        "registry/contributions.json",
        _contributions(release),
    )
    pack.add_record(
        "registry/datasets.json",
        [
            {**row_record(item), "sha256": item.file.sha256, "roles": item.roles_record()}
            for item in _datasets(release).select_related("file").prefetch_related("columns")
        ],
    )


def _contributions(release: Release) -> list[dict[str, str]]:
    """Return who did what to the release and what it is made of, each kind of act once."""
    hands = hands_in([release]).in_release[release.pk]
    people = User.objects.in_bulk({item.user_id for item in hands})
    return [
        {
            "person": str(people[item.user_id]),
            "act": item.act,
            "first_at": item.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        }
        for item in hands
    ]


def _datasets(release: Release) -> models.QuerySet[Dataset]:
    return Dataset.objects.filter(release_datasets__release=release).distinct().order_by("pk")


def _add_runs(pack: PackWriter, release: Release) -> None:
    """Add plans, checks, verdicts, findings, and each run's result as a file of its own."""
    plans = EvaluationPlan.objects.filter(release=release).order_by("pk")
    pack.add_record("evaluations/plans.json", [
        {**row_record(plan), "record": plan.record()} for plan in plans
    ])  # fmt: skip
    verdicts = RunVerdict.objects.filter(run__release=release).order_by("pk")
    pack.add_record("evaluations/verdicts.json", _records(verdicts))
    findings = Finding.objects.filter(system=release.system_id).order_by("pk")
    pack.add_record("evaluations/findings.json", _records(findings))
    links = RiskRun.objects.filter(run__release=release).order_by("pk")
    pack.add_record("evaluations/risk-runs.json", _records(links))
    verified = MitigationRun.objects.filter(run__release=release).order_by("pk")
    pack.add_record("evaluations/mitigation-runs.json", _records(verified))
    for run in Run.objects.filter(release=release).order_by("pk").iterator(chunk_size=1):
        columns = {key: value for key, value in row_record(run).items() if key != "result"}
        state = {"state": run.state, "message": run.message}
        pack.add_record(f"evaluations/runs/run-{run.pk}.json", {**columns, **state})
        if run.result is not None:
            pack.add_record(f"evaluations/runs/run-{run.pk}-result.json", run.result)


def _add_assessment(pack: PackWriter, release: Release, at: dt.datetime) -> None:
    found = release_gate(release, now=at)
    pack.add_record("assessment/gate.json", found.gate.as_record())
    intake = Intake.objects.filter(release=release).select_related("policy").first()
    if intake is not None:
        pack.add_record("assessment/intake.json", row_record(intake))
        policy = intake.policy
        pack.add(f"assessment/policy-{policy.number}.yaml", policy.text.encode())
    for name, rows in _assessment_rows(release):
        pack.add_record(f"assessment/{name}.json", _records(rows))
    snapshots = GateSnapshot.objects.filter(
        Q(reviews__release=release) | Q(decisions__release=release)
    )
    for snapshot in snapshots.distinct().order_by("pk"):
        pack.add_record(
            f"assessment/gates/gate-{snapshot.pk}.json",
            {"digest": snapshot.digest, "record": snapshot.record},
        )


def _assessment_rows(release: Release) -> Iterator[tuple[str, models.QuerySet[Any]]]:
    yield "reviews", Review.objects.filter(release=release).order_by("pk")
    yield "votes", Vote.objects.filter(review__release=release).order_by("pk")
    yield "decisions", Decision.objects.filter(release=release).order_by("pk")
    conditions = DecisionCondition.objects.filter(decision__release=release)
    yield "conditions", conditions.order_by("pk")
    yield "sign-offs", SignOff.objects.filter(release=release).order_by("pk")
    yield "exceptions", ExceptionGrant.objects.filter(release=release).order_by("pk")
    yield "evidence", RequirementEvidence.objects.filter(release=release).order_by("pk")
