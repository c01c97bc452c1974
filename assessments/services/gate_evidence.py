"""Turns rows into what the gate rule reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from assessments.choices import SignOffOutcome
from assessments.models import (
    Document,
    ExceptionGrant,
    RequirementEvidence,
    RiskAcceptance,
    SignOff,
)
from assessments.rules import risk_matrix
from assessments.rules.gate_inputs import (
    AcceptanceEvidence,
    CheckEvidence,
    DataEvidence,
    DocumentEvidence,
    ExceptionEvidence,
    FindingEvidence,
    Numbers,
    RiskEvidence,
    RunEvidence,
    SignOffEvidence,
)
from assessments.rules.outside_tests import document_of
from assessments.rules.policy_data import Policy
from assessments.rules.requirements import Requirement
from assessments.services.gate_decisions import had_hand_then, start_of
from assessments.services.gate_rows import GateRows
from assessments.services.rating_evidence import Present, basis_of, is_closed, rating_of
from evaluations.choices import Direction
from evaluations.methods import catalogue
from evaluations.methods.inputs import BadInput
from evaluations.models import Check, Run, RunVerdict
from evaluations.queries.finding_hands import is_settled
from registry.choices import ColumnRole, DatasetUse
from registry.models import Release, Risk
from registry.risk_text import risk_digest

MODEL_CARD = "model_card"


def checks(
    release: Release, requirements: Sequence[Requirement], rows: GateRows
) -> tuple[CheckEvidence, ...]:
    """Return the checks of the newest plan with every run that counts."""
    reported = {
        item.key for item in requirements if item.measure and item.measure.direction == "reported"
    }
    plan = rows.plans.get(release.pk)
    if plan is None:
        return ()
    runs = {run.pk: run for run in rows.runs.get(plan.pk, [])}
    held = {item.dataset_id for item in release.release_datasets.all()}
    return tuple(
        CheckEvidence(
            check_id=str(check.pk),
            requirement_key=check.requirement,
            method=check.method,
            metric=check.metric,
            by=",".join(check.by),
            direction=_direction(check, reported),
            threshold=check.limit,
            parameters=check.parameters,
            without_bearing=_without_bearing(check),
            dataset_id="" if check.dataset_id is None else str(check.dataset_id),
            gone_data=_gone_data(check, held),
            runs=tuple(_runs(check, runs, rows)),
        )
        for check in rows.checks.get(plan.pk, [])
    )


def evaluation_data(release: Release) -> tuple[DataEvidence, ...]:
    """Return the datasets that the release is evaluated on."""
    return tuple(
        DataEvidence(
            dataset_id=str(item.dataset_id),
            label=item.dataset.name,
            columns=frozenset(item.dataset.columns_of(ColumnRole.SENSITIVE)),
            roles=frozenset(column.role for column in item.dataset.columns.all()),
        )
        for item in sorted(release.release_datasets.all(), key=lambda item: item.pk)
        if item.use == DatasetUse.EVALUATION
    )


def _without_bearing(check: Check) -> frozenset[str]:
    """Return the parameters that cannot move the check's number; none of a method that is gone."""
    try:
        return catalogue.get(check.method).without_bearing(check.metric)
    except BadInput:
        return frozenset()


def _gone_data(check: Check, held: set[int]) -> str:
    """Return the name of the check's dataset, where the release no longer holds that."""
    gone = check.dataset is not None and check.dataset.pk not in held
    return str(check.dataset) if gone else ""


def _direction(check: Check, reported: set[str]) -> str:
    """An estimate in every group is more than a report: it may stand for one."""
    stricter = check.requirement in reported and check.direction == Direction.ESTIMABLE
    return "reported" if stricter else check.direction


def _runs(check: Check, runs: dict[int, Run], rows: GateRows) -> Iterator[RunEvidence]:
    judged = {verdict.run_id: verdict for verdict in rows.verdicts.get(check.pk, [])}
    served = rows.served.get(check.pk, frozenset())
    for run in runs.values():
        if run.pk in judged or run.pk in served:
            yield _run(run, judged.get(run.pk))


def _run(run: Run, verdict: RunVerdict | None) -> RunEvidence:
    return RunEvidence(
        run_id=str(run.pk),
        label=f"Run {run.pk}",
        state=run.state,
        verdict=verdict.verdict if verdict else "",
        counts=run.counts,
        scope_digest=run.scope_digest,
        numbers=_numbers(verdict),
        detail=verdict.sentence if verdict else run.message,
        settle=verdict.needs if verdict else "",
    )


def _numbers(verdict: RunVerdict | None) -> Numbers | None:
    if verdict is None or verdict.value is None:
        return None
    return Numbers(
        value=verdict.value,
        low=verdict.low,
        high=verdict.high,
        n=verdict.n,
        simultaneous_low=verdict.simultaneous_low,
        simultaneous_high=verdict.simultaneous_high,
        bound=verdict.bound,
        decided=verdict.decided,
    )


def documents(
    release: Release, requirements: Sequence[Requirement], rows: GateRows
) -> tuple[DocumentEvidence, ...]:
    """Return what people filed, and model cards that the portal made and nobody confirmed yet."""
    by_key = {item.key: item for item in requirements if document_of(item)}
    filed = rows.evidence_by_system.get(release.system_id, [])
    return (
        *(_made(item) for item in rows.model_cards.get(release.pk, [])),
        *(
            _filed(item, document_of(by_key[item.requirement]))
            for item in filed
            if item.requirement in by_key
            and (item.release_id == release.pk or by_key[item.requirement].bound_to == "system")
        ),
    )


def _made(item: Document) -> DocumentEvidence:
    return DocumentEvidence(
        document_id=f"made-{item.pk}",
        label=f"Document {item.pk}",
        document=MODEL_CARD,
        state="draft",
        scope_digest=item.scope_digest,
    )


def _filed(item: RequirementEvidence, document: str) -> DocumentEvidence:
    return DocumentEvidence(
        document_id=str(item.pk),
        label=f"Evidence {item.pk}",
        document=document,
        state="confirmed",
        scope_digest=item.scope_digest,
        confirmed_by=str(item.attested_by),
        confirmed_on=item.attested_at.date(),
    )


def sign_offs(
    release: Release,
    requirements: Sequence[Requirement],
    rows: GateRows,
    *,
    sealed: dt.datetime | None,
) -> tuple[SignOffEvidence, ...]:
    """Return the specialists' words; a later word of one person replaces the earlier."""
    specialisms = {item.key: item.specialism for item in requirements if item.specialism}
    given = [item for item in rows.sign_offs.get(release.pk, []) if item.requirement in specialisms]
    last = {(item.requirement, item.signed_by_id): item.pk for item in given}
    hands = rows.hands.get(release.pk, {})
    return tuple(
        SignOffEvidence(
            sign_off_id=str(item.pk),
            label=f"Sign-off {item.pk}",
            specialism=specialisms[item.requirement],
            state=_word(item, replaced=last[item.requirement, item.signed_by_id] != item.pk),
            signer=str(item.signed_by),
            scope_digest=item.scope_digest,
            had_a_hand=had_hand_then(
                item.signed_by_id, hands, given_at=item.signed_at, sealed=sealed
            ),
            signed_on=item.signed_at.date(),
            note=item.note if item.outcome == SignOffOutcome.CHANGES else "",
        )
        for item in given
    )


def _word(item: SignOff, *, replaced: bool) -> str:
    if replaced:
        return "superseded"
    return "signed" if item.outcome == SignOffOutcome.SIGNED else "changes_requested"


def risks(present: Present, *, policy: Policy, rows: GateRows) -> tuple[RiskEvidence, ...]:
    """Return the risks of the release's system with the residual rating that counts."""
    return tuple(
        _risk(risk, present=present, policy=policy, rows=rows)
        for risk in rows.risks_by_system.get(present.release.system_id, [])
    )


def _risk(risk: Risk, *, present: Present, policy: Policy, rows: GateRows) -> RiskEvidence:
    ratings = rows.ratings.get(risk.pk, [])
    now = rating_of(risk, ratings, policy)
    basis, rating_current = basis_of(risk, rows.risk_runs.get(risk.pk, []), present)
    acceptances = (
        _acceptance(item, risk=risk, policy=policy, rows=rows)
        for item in rows.acceptances.get(risk.pk, [])
    )
    return RiskEvidence(
        risk_id=str(risk.pk),
        label=risk.code,
        likelihood=now.cell[0] if now.rated else None,
        severity=now.cell[1] if now.rated else None,
        basis=basis if now.rated else "missing",
        rating_current=rating_current,
        closed=is_closed(risk, now, policy),
        waiting=any(item.waits for item in ratings),
        acceptances=tuple(item for item in acceptances if item is not None),
    )


def findings(release: Release, rows: GateRows) -> tuple[FindingEvidence, ...]:
    """Return what was found in this release, in an earlier one, or in the system at large.

    What was seen in an earlier release stays against a later one until somebody closes it; what
    is found in a later release says nothing of an earlier one. Whose own it was, and whether its
    severity stands, the ledger tells: the row alone could be given away.
    """
    return tuple(
        FindingEvidence(
            finding_id=str(item.pk),
            label=f"Finding {item.pk}",
            severity=rows.finding_histories[item.pk].severity,
            settled=is_settled(item, rows.finding_histories[item.pk]),
        )
        for item in rows.findings_by_system.get(release.system_id, [])
        if item.release_id is None or item.release_id <= release.pk
    )


def _acceptance(
    item: RiskAcceptance, *, risk: Risk, policy: Policy, rows: GateRows
) -> AcceptanceEvidence | None:
    try:
        level = risk_matrix.level(
            policy.risk_matrix, likelihood=item.likelihood, severity=item.severity
        )
    except ValueError:
        return None
    first = rows.risk_hands.get(risk.pk, {}).get(item.accepted_by_id)
    return AcceptanceEvidence(
        acceptance_id=str(item.pk),
        label=f"Acceptance {item.pk}",
        level=level.key,
        accepted_by=str(item.accepted_by),
        roles=frozenset(item.roles),
        had_a_hand=first is not None and first <= item.accepted_at,
        risk_changed=item.risk_digest != risk_digest(risk),
        accepted_at=item.accepted_at,
        expires_at=start_of(item.expires_on),
        withdrawn=item.revoked_at is not None,
    )


def exceptions(
    release: Release, rows: GateRows, *, sealed: dt.datetime | None
) -> tuple[ExceptionEvidence, ...]:
    """Return the exceptions that somebody granted."""
    return tuple(
        _exception(item, release=release, rows=rows, sealed=sealed)
        for item in rows.exceptions.get(release.pk, [])
        if item.granted_by_id is not None and item.granted_at is not None
    )


def _exception(
    item: ExceptionGrant, *, release: Release, rows: GateRows, sealed: dt.datetime | None
) -> ExceptionEvidence:
    granter, at = item.granted_by_id, item.granted_at
    if granter is None or at is None:
        message = f"Exception {item.pk} was not granted."
        raise ValueError(message)
    return ExceptionEvidence(
        exception_id=str(item.pk),
        label=f"Exception {item.pk}",
        requirement_key=item.requirement,
        status_waived=item.status_accepted,
        granted_by=str(item.granted_by),
        roles=frozenset(item.roles),
        had_a_hand=granter == item.requested_by_id
        or had_hand_then(granter, rows.hands.get(release.pk, {}), given_at=at, sealed=sealed),
        granted_at=at,
        expires_at=start_of(item.expires_on),
        scope_digest=item.scope_digest,
        reason=item.reason,
        compensating_measure=item.compensation,
        data_to_collect=item.compensation,
        withdrawn=item.refused_at is not None or bool(item.fell),
    )
