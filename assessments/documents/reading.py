"""Reads the facts of a release from its rows, for its documents."""

from __future__ import annotations

import datetime as dt
from typing import Any

from assessments.choices import ReviewState
from assessments.documents import reading_people, reading_runs
from assessments.documents.facts import (
    DataFacts,
    Dossier,
    GateFacts,
    Line,
    MitigationFacts,
    ModelFacts,
    ReleaseFacts,
    RiskFacts,
    SensitiveColumn,
    SystemFacts,
    TierFacts,
)
from assessments.documents.seen import Seen, restored
from assessments.models import Decision, Intake, Review
from assessments.services.gates import ReleaseGate, release_gate
from assessments.services.risk_page import RiskRow, risk_rows
from registry.choices import ColumnRole
from registry.models import AISystem, Dataset, Release


def read_dossier(release: Release, *, at: dt.datetime) -> Dossier:
    """Return the facts at a moment. A decided release speaks of what its deciders saw.

    Risks are rated anew, papers filed and runs made after a decision: none of that is in its papers.
    """
    found = release_gate(release, now=at)
    review, decision = _matter(release, release.scope_digest())
    gate = (
        gate_facts(decision.gate.record, decision.gate.digest)
        if decision
        else gate_facts(found.gate.as_record(), found.gate.digest)
    )
    kept = decision.seen if decision else {}
    seen = restored(kept) if kept else read_seen(found, gate)
    return Dossier(
        read_at=at.astimezone(dt.UTC),
        system=seen.system,
        release=seen.release,
        tier=seen.tier,
        gate=gate,
        outcome_now=found.gate.outcome,
        as_decided=bool(kept),
        risks=seen.risks,
        runs=reading_runs.runs_of(seen.runs),
        plan=seen.plan,
        changes=seen.changes,
        review=reading_people.review_of(review),
        decision=reading_people.decision_of(decision),
        approvers=reading_people.approvers_of(found, review),
        quorum=seen.quorum,
        filed=seen.filed,
    )


def read_seen(found: ReleaseGate, gate: GateFacts) -> Seen:
    """Return what stands beside the gate at this moment."""
    release = found.release
    scope = release.scope_digest()
    return Seen(
        system=_system(release.system),
        release=_release(release, scope),
        tier=_tier(found.intake),
        risks=_risks(found),
        runs=reading_runs.resting_on(release, gate, scope),
        plan=reading_runs.plan_of(found),
        changes=reading_runs.changes_of(release, gate),
        quorum=reading_people.quorum_of(found),
        filed=reading_people.filed_of(found, gate),
    )


def _matter(release: Release, scope: str) -> tuple[Review | None, Decision | None]:
    """Return the review that the document speaks of, and its decision unless one is pending.

    A decision on another scope was on something else: a document of what is there now has none.
    """
    pending = (
        Review.objects.filter(release=release, state=ReviewState.OPEN)
        .select_related("recommended_by")
        .first()
    )
    if pending is not None:
        return pending, None
    decision = (
        Decision.objects.filter(release=release, scope_digest=scope)
        .select_related("review__recommended_by", "gate", "policy")
        .order_by("-pk")
        .first()
    )
    return (decision.review, decision) if decision else (None, None)


def gate_facts(record: dict[str, Any], digest: str) -> GateFacts:
    """Return the gate as it was computed."""
    return GateFacts(
        outcome=record["outcome"],
        reason=record["reason"],
        ready=record["ready"],
        digest=digest,
        policy_number=record["policy"]["version"],
        policy_digest=record["policy"]["digest"],
        lines=tuple(_line(item) for item in record["requirements"]),
    )


def _line(item: dict[str, Any]) -> Line:
    rests = item["rests_on"] or {}
    on_run = rests.get("kind") == "run" and str(rests.get("id", "")).isdecimal()
    return Line(
        key=item["key"],
        title=item["title"],
        category=item["category"],
        status=item["status"],
        reason=item["reason"],
        basis=item["basis"],
        rests_on=rests.get("label", ""),
        run_id=int(rests["id"]) if on_run else None,
        numbers=item["numbers"],
        mend=item["mend"],
    )


def _system(system: AISystem) -> SystemFacts:
    return SystemFacts(
        name=system.name,
        portfolio=system.portfolio.name,
        kind=system.get_kind_display(),
        owner=str(system.owner),
        purpose=system.purpose,
        intended_use=system.intended_use,
        out_of_scope_uses=system.out_of_scope_uses,
        affected_groups=system.affected_groups,
        users=system.users,
        decisions=system.decisions,
        jurisdictions=system.jurisdictions,
    )


def _release(release: Release, scope: str) -> ReleaseFacts:
    artefact = release.model
    uses = release.release_datasets.select_related("dataset__file").order_by("pk")
    return ReleaseFacts(
        id=release.pk,
        version=release.version,
        change_summary=release.change_summary,
        planned_launch=release.planned_launch,
        previous_version=release.cloned_from.version if release.cloned_from else "",
        uses_sensitive_at_decision=release.uses_sensitive_at_decision,
        scope_digest=scope,
        model=None
        if artefact is None
        else ModelFacts(
            name=artefact.name,
            format=artefact.get_format_display(),
            sha256=artefact.file.sha256,
            features=artefact.feature_names,
        ),
        data=tuple(_data(item.dataset, item.get_use_display()) for item in uses),
    )


def _data(dataset: Dataset, use: str) -> DataFacts:
    return DataFacts(
        name=dataset.name,
        use=use,
        description=dataset.description,
        sha256=dataset.file.sha256,
        rows=dataset.rows,
        sensitive=tuple(
            SensitiveColumn(
                name=column.name, purpose=column.purpose, legal_basis=column.legal_basis
            )
            for column in dataset.columns.all()
            if column.role == ColumnRole.SENSITIVE
        ),
    )


def _tier(intake: Intake | None) -> TierFacts:
    result = (intake.tier_result or {}) if intake else {}
    tier = intake.tier if intake else None
    fired = result.get("elevations", ())
    reasons = tuple(item["sentence"] for item in fired if item["tier"] == tier)
    return TierFacts(
        tier=tier,
        reasons=reasons,
        points=result.get("total"),
        in_lending=any(item["key"] == "credit" for item in fired),
    )


def _risks(found: ReleaseGate) -> tuple[RiskFacts, ...]:
    return tuple(_risk(row) for row in risk_rows(found))


def _risk(row: RiskRow) -> RiskFacts:
    taken = row.acceptance if row.taken else None
    person = str(row.risk.rated_by) if row.level and row.risk.rated_by else ""
    here = [f"Run {item.run_id}" for item in row.cited if item.here and item.verdict == "pass"]
    rests = {"measured": ", ".join(dict.fromkeys(here)), "attested": person}.get(
        row.evidence.basis, ""
    )
    waits = row.waiting
    return RiskFacts(
        code=row.risk.code,
        title=row.risk.title,
        harm=row.risk.harm,
        affected_groups=row.risk.affected_groups,
        inherent_label=row.inherent.label if row.inherent else "",
        level=row.level.key if row.level else "",
        level_label=row.level.label if row.level else "Not rated",
        over=row.over,
        accepted=f"Accepted by {taken.accepted_by} until {taken.expires_at:%Y-%m-%d}"
        if taken
        else "",
        basis=row.evidence.basis,
        rests_on=rests,
        cited=tuple(str(item) for item in row.cited),
        rationale=row.risk.rating_rationale if row.level else "",
        rated=f"{person}, confirmed by {row.confirmed_by}" if row.confirmed_by else person,
        waiting=f"A lower rating by {waits.rated_by} waits for a second person: {waits.needs}."
        if waits
        else "",
        closed=row.evidence.closed,
        mitigations=tuple(
            MitigationFacts(
                title=item.title,
                status=item.get_status_display(),
                owner=str(item.owner),
                due=item.due_date,
            )
            for item in row.mitigations
        ),
    )
