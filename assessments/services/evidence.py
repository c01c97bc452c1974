"""What people file for documents, controls and plans: a text that is filled, or a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from assessments.choices import DocumentKind
from assessments.models import Document, RequirementEvidence
from assessments.rules.outside_tests import is_outside
from assessments.rules.requirements import Requirement
from assessments.services.gates import ReleaseGate, available_methods
from assessments.services.requirements import applying
from assessments.services.templates import TEMPLATES, unfilled
from rai_portal.accounts.choices import Role
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.services.record import record
from rai_portal.work.choices import WorkState
from registry.permissions import require_change
from registry.services.contributions import note_contribution, note_contribution_to_system
from registry.services.evidence import Upload, keep_evidence

if TYPE_CHECKING:
    from assessments.rules.gate import RequirementStatus
    from assessments.services.gates import ReleaseGate
    from rai_portal.accounts.models import User
    from rai_portal.documents.models import StoredFile
    from registry.models import Release

FILED = frozenset({"document", "control", "monitoring"})
OWNER_ATTESTATION = "owner_attestation"
OUTSIDE_TEST = "outside_test"
"""A report on what the portal has no method for; it meets nothing by itself."""

LEAST_WORDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What a person files: a text, a file, or both."""

    text: str = ""
    chunks: Iterable[bytes] | None = None
    name: str = ""


def template_of(document: str) -> str:
    """Return the headings to start from, or nothing."""
    return TEMPLATES.get(document, "")


def may_be_filed(found: ReleaseGate, status: RequirementStatus) -> bool:
    """Return whether something is filed for the requirement: a document, or an outside test."""
    return status.category in FILED or filed_as(found, status.key) == OUTSIDE_TEST


def filed_as(found: ReleaseGate, key: str) -> str:
    """Return the key of the document that is filed for the requirement, "" where none is."""
    asked = found.asked(key)
    if asked is None:
        return ""
    return OUTSIDE_TEST if is_outside(asked, available_methods()) else asked.document


@transaction.atomic
def attest(*, actor: User, release: Release, key: str, filing: Filing) -> RequirementEvidence:
    """File evidence for a requirement under the person's own name; a newer one replaces it."""
    require_change(actor, release.portfolio_id)
    found, status = applying(release, key)
    if not may_be_filed(found, status):
        message = (
            f"{status.title} is not met by filing something. Nothing was kept. Open the "
            "requirement to see what mends it."
        )
        raise Refused(message)
    document = filed_as(found, key)
    _require_right_person(actor, release, document)
    text = filing.text.strip()
    _require_content(text, document, has_file=filing.chunks is not None)
    file = None
    if filing.chunks is not None:
        file = keep_evidence(
            actor=actor,
            portfolio=release.system.portfolio,
            upload=Upload(chunks=filing.chunks, name=filing.name),
        )
    return _kept(actor, found, key, text=text, file=file)


@transaction.atomic
def confirm_model_card(*, actor: User, release: Release, key: str) -> RequirementEvidence:
    """Confirm the newest model card that the portal made, after reading it."""
    require_change(actor, release.portfolio_id)
    found, _ = applying(release, key)
    _require_model_card(found.asked(key))
    card = newest_model_card(release)
    if card is None or card.file is None:
        message = "No model card is made yet. Nothing was confirmed. Make one, read it, confirm it."
        raise Refused(message)
    if card.scope_digest != found.gate.scope_digest:
        message = (
            "The scope has changed since this model card was made. Nothing was confirmed. Make a "
            "new one, read it, then confirm it."
        )
        raise Refused(message)
    text = f"Read and confirmed: model card made by the portal, document {card.pk}."
    return _kept(actor, found, key, text=text, file=card.file)


def newest_model_card(release: Release) -> Document | None:
    """Return the newest model card that a worker finished for the release."""
    return (
        Document.objects.filter(
            release=release, kind=DocumentKind.MODEL_CARD, state=WorkState.SUCCEEDED
        )
        .select_related("file")
        .first()
    )


def _require_model_card(asked: Requirement | None) -> None:
    if asked is None or asked.document != DocumentKind.MODEL_CARD:
        message = "This requirement is not met by a model card. Nothing was confirmed."
        raise Refused(message)


def _require_right_person(actor: User, release: Release, document: str) -> None:
    if document != OWNER_ATTESTATION:
        return
    if actor.pk == release.system.owner_id:
        return
    if actor.has_role(Role.OWNER, portfolio_id=release.portfolio_id):
        return
    message = (
        "Only a system owner says this of a system. Nothing was kept. Ask "
        f"{release.system.owner} to file it."
    )
    raise NotAllowed(message)


def _require_content(text: str, document: str, *, has_file: bool) -> None:
    if has_file:
        return
    empty = unfilled(text, document)
    if empty:
        message = (
            f"Nothing is written under “{empty[0]}”. Nothing was kept. Write a sentence there, or "
            "say why it does not apply."
        )
        raise Refused(message, field="text")
    if len(text.split()) < LEAST_WORDS:
        message = "Write at least a sentence, or choose a file. Nothing was kept."
        raise Refused(message, field="text")


def _kept(
    actor: User, found: ReleaseGate, key: str, *, text: str, file: StoredFile | None
) -> RequirementEvidence:
    release, asked = found.release, found.asked(key)
    row = RequirementEvidence.objects.create(
        release=release,
        requirement=key,
        text=text,
        file=file,
        scope_digest=found.gate.scope_digest,
        attested_by=actor,
        attested_at=timezone.now(),
    )
    if asked is not None and asked.bound_to == "system":
        note_contribution_to_system(system=release.system, user=actor, act="evidence.filed")
    else:
        note_contribution(release=release, user=actor, act="evidence.filed")
    record(actor=actor, action="evidence.filed", subject=row)
    return row
