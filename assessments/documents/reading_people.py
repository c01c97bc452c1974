"""Reads who recommended, signed, attested and decided, for documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from assessments.choices import DecisionKind
from assessments.documents.facts import (
    Approver,
    ConditionFacts,
    DecisionFacts,
    Filed,
    GateFacts,
    ReviewFacts,
)
from assessments.models import Decision, ExceptionGrant, RequirementEvidence, Review, SignOff, Vote
from assessments.services.gates import ReleaseGate
from assessments.services.signatures import had_a_hand
from rai_portal.accounts.models import User
from registry.models import Release


def review_of(review: Review | None) -> ReviewFacts | None:
    """Return the recommendation."""
    if review is None:
        return None
    return ReviewFacts(
        id=review.pk,
        recommendation=review.recommendation,
        rationale=review.rationale,
        by=str(review.recommended_by),
        at=review.recommended_at,
        session=review.session_date,
        conditions=proposed_of(review.proposed_conditions),
    )


def proposed_of(stored: list[dict[str, Any]]) -> tuple[ConditionFacts, ...]:
    """Return conditions as they were proposed, with the names of their owners."""
    names = {
        user.pk: str(user) for user in User.objects.filter(pk__in=[i["owner"] for i in stored])
    }
    return tuple(
        ConditionFacts(
            text=item["text"],
            owner=names.get(item["owner"], ""),
            due=dt.date.fromisoformat(item["due"]),
        )
        for item in stored
    )


def decision_of(decision: Decision | None) -> DecisionFacts | None:
    """Return the decision with its conditions."""
    if decision is None:
        return None
    return DecisionFacts(
        id=decision.pk,
        kind=decision.kind,
        reason=decision.reason,
        at=decision.decided_at,
        expires_on=None if decision.kind == DecisionKind.NO_GO else decision.expires_on,
        conditions=tuple(
            ConditionFacts(
                text=item.text,
                owner=str(item.owner),
                due=item.due_date,
                met=f"Met {item.met_at:%Y-%m-%d}: {item.evidence_note}" if item.met_at else "",
            )
            for item in decision.conditions.select_related("owner")
        ),
    )


def approvers_of(found: ReleaseGate, review: Review | None) -> tuple[Approver, ...]:
    """Return who signed; while a review is open, also who may, and who is out by having helped."""
    votes = list(
        Vote.objects.filter(review=review).select_related("voter").order_by("pk")
        if review
        else Vote.objects.none()
    )
    decision = getattr(review, "decision", None)
    until = decision.decided_at if decision else found.computed_at
    signed = tuple(
        Approver(
            name=str(row.voter),
            function=row.function,
            had_a_hand=had_a_hand(row, found.hands, until=until),
            decision=row.kind,
            reason=row.reason,
            at=row.signed_at,
        )
        for row in votes
    )
    if decision is not None:
        return signed
    return signed + tuple(
        Approver(
            name=str(user),
            function=user.function,
            had_a_hand=user.pk in found.contributors,
            decision="",
            reason="",
            at=None,
        )
        for user in _deciders(found)
        if user.pk not in {row.voter_id for row in votes}
    )


def _deciders(found: ReleaseGate) -> list[User]:
    rule = found.decision_rule
    if rule is None:
        return []
    return list(
        User.objects.filter(
            memberships__role__in=rule.roles,
            memberships__portfolio=found.release.portfolio_id,
            is_active=True,
            is_service=False,
        )
        .distinct()
        .order_by("name", "pk")
    )


def quorum_of(found: ReleaseGate) -> str:
    """Return what the policy asks of the signatures, in one sentence."""
    rule = found.decision_rule
    if rule is None:
        return "The tier is not known, so nobody may decide."
    people = "One person decides" if rule.quorum == 1 else f"{rule.quorum} people decide"
    functions = f" from {rule.functions} functions" if rule.functions > 1 else ""
    refusals = "one refusal settles" if rule.refusals == 1 else f"{rule.refusals} refusals settle"
    return f"{people}{functions}; {refusals} a no-go."


def filed_of(found: ReleaseGate, gate: GateFacts) -> tuple[Filed, ...]:
    """Return what people filed, signed and excepted for requirements of this gate.

    Evidence of another release stands here only where the policy lets it count for the system.
    """
    release = found.release
    titles = {line.key: line.title for line in gate.lines}
    evidence = _evidence_for(found, titles)
    newest = {row.requirement: row.pk for row in evidence}
    sign_offs = SignOff.objects.filter(release=release, requirement__in=titles)
    exceptions = ExceptionGrant.objects.filter(
        release=release, requirement__in=titles, granted_by__isnull=False
    )
    return (
        *(
            Filed(
                kind="Attested",
                label=_evidence_label(row, release, newest[row.requirement]),
                title=titles[row.requirement],
                by=str(row.attested_by),
                on=row.attested_at.date(),
                note=f"{row.file.original_name}, SHA-256 {row.file.sha256[:12]}"
                if row.file
                else f"{len(row.text.split())} words",
            )
            for row in evidence
            if row.release_id == release.pk or row.pk == newest[row.requirement]
        ),
        *(
            Filed(
                kind=row.get_outcome_display(),
                label=f"Sign-off {row.pk}",
                title=titles[row.requirement],
                by=str(row.signed_by),
                on=row.signed_at.date(),
                note=row.note,
            )
            for row in sign_offs.select_related("signed_by").order_by("pk")
        ),
        *(
            Filed(
                kind="Exception",
                label=f"Exception {row.pk}",
                title=titles[row.requirement],
                by=str(row.granted_by),
                on=row.granted_at.date(),
                note=_exception_note(row),
            )
            for row in exceptions.select_related(
                "granted_by", "worded_by", "review__decision"
            ).order_by("pk")
            if row.granted_at is not None
        ),
    )


def _exception_note(row: ExceptionGrant) -> str:
    worded = f" Worded by {row.worded_by}." if row.worded_by else ""
    end = f"It fell: {row.fell}" if row.fell else f"Until {row.expires_on}"
    return f"{row.reason} {row.compensation}{worded} {end}."


def _evidence_for(found: ReleaseGate, titles: Iterable[str]) -> tuple[RequirementEvidence, ...]:
    """Return what counts for this release: its own, and what the policy binds to the system."""
    of_system = [
        key for key in titles if (asked := found.asked(key)) and asked.bound_to == "system"
    ]
    rows = RequirementEvidence.objects.filter(
        Q(release=found.release, requirement__in=titles)
        | Q(release__system=found.release.system_id, requirement__in=of_system)
    )
    return tuple(rows.select_related("attested_by", "file", "release").order_by("pk"))


def _evidence_label(row: RequirementEvidence, release: Release, newest: int) -> str:
    of = "" if row.release_id == release.pk else f", of release {row.release.version}"
    replaced = "" if row.pk == newest else f", replaced by {newest}"
    return f"Evidence {row.pk}{of}{replaced}"
