"""The ledger's part of an evidence pack: the entries about a release and all that belongs to it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from assessments.models import (
    Decision,
    DecisionCondition,
    Document,
    ExceptionGrant,
    Intake,
    RequirementEvidence,
    Review,
    RiskAcceptance,
    SignOff,
    Vote,
)
from evaluations.models import Check, EvaluationPlan, EvaluationReport, Finding, Run
from rai_portal.accounts.models import User
from rai_portal.ledger.models import Entry
from registry.models import Dataset, Mitigation, ModelArtefact, Release, Risk

if TYPE_CHECKING:
    from assessments.documents.pack import PackWriter


def _subjects(release: Release) -> Iterator[tuple[type[models.Model], Sequence[int]]]:
    """Yield what the ledger's extract is about."""
    yield type(release.system), [release.system_id]
    yield Release, [release.pk]
    related: tuple[tuple[Any, dict[str, object]], ...] = (
        (Risk, {"system": release.system_id}),
        (Mitigation, {"risk__system": release.system_id}),
        (RiskAcceptance, {"risk__system": release.system_id}),
        (Finding, {"system": release.system_id}),
        (Dataset, {"release_datasets__release": release}),
        (ModelArtefact, {"releases": release}),
        (EvaluationPlan, {"release": release}),
        (Check, {"plan__release": release}),
        (Run, {"release": release}),
        (Intake, {"release": release}),
        (RequirementEvidence, {"release": release}),
        (SignOff, {"release": release}),
        (ExceptionGrant, {"release": release}),
        (Review, {"release": release}),
        (Vote, {"review__release": release}),
        (Decision, {"release": release}),
        (DecisionCondition, {"decision__release": release}),
        (Document, {"release": release}),
        (EvaluationReport, {"run__release": release}),
    )
    for model, condition in related:
        yield model, list(model.objects.filter(**condition).values_list("pk", flat=True))


def ledger_extract(release: Release, checkpoint: int) -> models.QuerySet[Entry]:
    """Return the ledger's entries about the release and all that belongs to it, oldest first."""
    about = Q()
    for model, ids in _subjects(release):
        if ids:
            about |= Q(subject_type=model._meta.label_lower, subject_id__in=ids)
    return Entry.objects.filter(about, sequence__lte=checkpoint).order_by("sequence")


def add_ledger(pack: PackWriter, release: Release, checkpoint: int) -> None:
    """Add the extract, the texts that it commits to, and who the people are."""
    entries = ledger_extract(release, checkpoint).select_related("payload")
    people = User.objects.filter(
        Q(pk__in=entries.order_by().values("actor"))
        | Q(memberships__portfolio=release.system.portfolio_id)
    )
    pack.add_record(
        "registry/people.json",
        [
            {"id": person.pk, "name": str(person), "function": person.function}
            for person in people.distinct().order_by("pk")
        ],
    )
    pack.add_lines("ledger/entries.jsonl", (_entry(item) for item in entries.iterator(200)))
    pack.add_lines("ledger/payloads.jsonl", (_payload(item) for item in entries.iterator(200)))


def _entry(item: Entry) -> dict[str, Any]:
    return {
        "sequence": item.sequence,
        "body_base64": base64.b64encode(bytes(item.body)).decode("ascii"),
        "previous_hash": item.previous_hash,
        "entry_hash": item.entry_hash,
        "leaf_hash": item.leaf_hash,
    }


def _payload(item: Entry) -> dict[str, Any]:
    payload = item.payload
    return {
        "sequence": item.sequence,
        "salt": payload.salt,
        "actor_name": payload.actor_name,
        "subject_name": payload.subject_name,
        "reason": payload.reason,
    }
