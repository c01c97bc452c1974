"""The mortgage releases of the demo: measured by the worker, reviewed, decided on what was found."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from assessments.choices import DecisionKind, DocumentKind, SignOffOutcome
from assessments.demo import texts
from assessments.demo.acts import (
    answer_intake,
    decide,
    document,
    file_documents,
    plan_and_run,
    register,
    write_risks,
)
from assessments.demo.mortgage import CUT_OFF, FEATURES, MortgageRelease, derive
from assessments.demo.people import Cast
from assessments.demo.waiting import until_done
from assessments.models import SignOff
from assessments.services.drafting import drafted_conditions, drafted_reason
from assessments.services.evidence import confirm_model_card
from assessments.services.gates import compute_gate, release_gate
from assessments.services.recommendations import MOST_CONDITIONS
from assessments.services.sign_offs import sign
from evaluations.choices import VerdictWord
from evaluations.models import Finding, QuickAudit, Run, RunVerdict
from evaluations.services.audits import AuditColumns, attach_audit, start_audit
from evaluations.services.evidence import latest_verdicts
from evaluations.services.findings import FindingFacts, create_finding
from evaluations.services.links import link_risk_to_run
from evaluations.services.runs import repeat_run
from registry.choices import ColumnRole, DatasetUse, MitigationStatus
from registry.models import AISystem, Dataset, Mitigation, ModelArtefact, Release, Risk
from registry.services.artefacts import upload_model
from registry.services.datasets import ColumnRoleInput, set_roles, upload_dataset
from registry.services.mitigations import MitigationFacts, create_mitigation, set_status
from registry.services.ratings import rate_risk
from registry.services.releases import attach_dataset, create_release, detach_dataset, set_model
from registry.services.risks import Rating

SEED = 20261122
CHUNK = 1024 * 1024
SENSITIVE = ("race", "sex")
LIKELIHOOD = {
    VerdictWord.FAIL: 4,
    VerdictWord.INCONCLUSIVE: 3,
    VerdictWord.NOT_ESTIMABLE: 3,
    VerdictWord.PASS: 2,
}
"""How the demo's analyst turns the worst verdict of a run into a likelihood: stated with it."""

type Say = Callable[[str], object]


def mortgage(cast: Cast, say: Say) -> None:
    """Carry out both releases; each step is skipped where it was done before."""
    system = register(cast.analyst, cast.portfolio, cast.owner, "predictive", texts.MORTGAGE)
    with tempfile.TemporaryDirectory(dir=settings.SCRATCH_ROOT) as folder:
        files = derive(Path(folder), SEED)
        audit_past_decisions(cast, system, files.past_decisions)
        say("past decisions audited")
        first = _release(cast, system, files.plain, texts.PLAIN_SUMMARY, None)
        _carry_through(cast, first, say)
        second = _release(cast, system, files.reweighed, texts.REWEIGHED_SUMMARY, first)
        _carry_through(cast, second, say)


def pieces(path: Path) -> Iterator[bytes]:
    """Yield a file in pieces."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def audit_past_decisions(cast: Cast, system: AISystem, path: Path) -> None:
    """Audit what the lenders themselves decided, and attach the audit to the system."""
    if QuickAudit.objects.filter(system=system).exists():
        return
    audit = start_audit(
        actor=cast.analyst,
        portfolio=cast.portfolio,
        name="Past lending decisions",
        chunks=pieces(path),
        original_name=path.name,
        columns=AuditColumns(
            prediction="approved",
            favourable="1",
            groups=SENSITIVE,
            purpose=texts.SENSITIVE_PURPOSE,
            legal_basis=texts.SENSITIVE_BASIS,
            outcome_word="approved",
        ),
    )
    if audit.run is not None:
        until_done(audit.run)
    attach_audit(actor=cast.analyst, audit=audit, system=system)


def _release(
    cast: Cast, system: AISystem, files: MortgageRelease, summary: str, source: Release | None
) -> Release:
    release = Release.objects.filter(system=system, version=files.version).first()
    if release is None:
        release = create_release(
            actor=cast.analyst,
            system=system,
            version=files.version,
            change_summary=summary,
            planned_launch=timezone.now().date() + dt.timedelta(days=28),
            clone_from=source,
            settings={"cut_off": CUT_OFF},
        )
    name = f"Out-of-fold predictions, release {files.version}"
    dataset = Dataset.objects.filter(system=system, name=name).first() or upload_dataset(
        actor=cast.analyst,
        portfolio=cast.portfolio,
        system=system,
        name=name,
        chunks=pieces(files.data_parquet),
        original_name=files.data_parquet.name,
        description="Each row is scored by a model that has not seen it. See docs/demo.md.",
    )
    until_done(dataset)
    if not dataset.columns.filter(role=ColumnRole.PREDICTION).exists():
        _say_roles(cast, dataset)
    _use(cast, release, dataset, files)
    return Release.objects.get(pk=release.pk)


def _say_roles(cast: Cast, dataset: Dataset) -> None:
    roles = {name: ColumnRoleInput(role=ColumnRole.FEATURE) for name in FEATURES}
    roles |= {
        "id": ColumnRoleInput(role=ColumnRole.ID),
        "married": ColumnRoleInput(role=ColumnRole.IGNORED),
        "approved": ColumnRoleInput(role=ColumnRole.LABEL),
        "score": ColumnRoleInput(role=ColumnRole.SCORE),
        "predicted": ColumnRoleInput(role=ColumnRole.PREDICTION),
    }
    roles |= {
        name: ColumnRoleInput(
            role=ColumnRole.SENSITIVE,
            purpose=texts.SENSITIVE_PURPOSE,
            legal_basis=texts.SENSITIVE_BASIS,
        )
        for name in SENSITIVE
    }
    set_roles(
        actor=cast.analyst, dataset=dataset, roles=roles, favourable="1", positive_label="1",
        outcome_word="approved",
    )  # fmt: skip


def _use(cast: Cast, release: Release, dataset: Dataset, files: MortgageRelease) -> None:
    name = f"XGBoost, release {files.version}"
    system = release.system
    model = ModelArtefact.objects.filter(system=system, name=name).first() or upload_model(
        actor=cast.analyst,
        system=system,
        name=name,
        chunks=pieces(files.model),
        original_name=files.model.name,
    )
    until_done(model)
    if not release.release_datasets.filter(dataset=dataset).exists():
        for item in release.release_datasets.all():
            detach_dataset(actor=cast.analyst, item=item)
        attach_dataset(
            actor=cast.analyst, release=release, dataset=dataset, use=DatasetUse.EVALUATION
        )
    if release.model_id != model.pk:
        set_model(actor=cast.analyst, release=release, model=model)


def _carry_through(cast: Cast, release: Release, say: Say) -> None:
    if release.decisions.exists():
        return
    answer_intake(cast.analyst, release, texts.MORTGAGE_ANSWERS)
    runs = plan_and_run(cast.analyst, release)
    say(f"{release}: {len(runs)} runs ended")
    if not Run.objects.filter(repeat_of__in=runs).exists():
        until_done(repeat_run(actor=cast.analyst, run=runs[0]))
    risks = write_risks(cast.analyst, cast.owner, release, texts.MORTGAGE_RISKS)
    _mitigate(cast, risks)
    _find(cast, release, risks)
    file_documents(cast.owner, release, texts.DOCUMENTS)
    _confirm_card(cast, release)
    _sign_off(cast, release)
    decide(cast, release, recommendation(release), reason(release), conditions(cast, release))
    say(f"{release}: decided")


def _mitigate(cast: Cast, risks: dict[str, Risk]) -> None:
    risk = risks[str(texts.DISPARITY["title"])]
    if Mitigation.objects.filter(risk=risk).exists():
        return
    today = timezone.now().date()
    reweigh = create_mitigation(
        actor=cast.analyst,
        risk=risk,
        facts=MitigationFacts(
            title="Reweigh the training rows",
            description=texts.REWEIGHED_SUMMARY,
            owner=cast.owner,
            due_date=today + dt.timedelta(days=14),
        ),
    )
    set_status(actor=cast.analyst, mitigation=reweigh, status=MitigationStatus.IN_PROGRESS)
    create_mitigation(
        actor=cast.analyst,
        risk=risks[str(texts.REASONS["title"])],
        facts=MitigationFacts(
            title="Read the reasons of 25 declined applications",
            description="Two people compare the reasons with the case; differences are findings.",
            owner=cast.analyst,
            due_date=today + dt.timedelta(days=10),
        ),
    )


def verdicts(release: Release) -> list[RunVerdict]:
    """Return the newest verdicts of the release, worst first."""
    order = list(LIKELIHOOD)
    found = [item for item in latest_verdicts(release).values() if item.verdict in order]
    return sorted(found, key=lambda item: (order.index(VerdictWord(item.verdict)), item.pk))


def _find(cast: Cast, release: Release, risks: dict[str, Risk]) -> None:
    if Finding.objects.filter(release=release).exists():
        return
    disparity = risks[str(texts.DISPARITY["title"])]
    for item in verdicts(release):
        if item.verdict != VerdictWord.FAIL:
            continue
        create_finding(
            actor=cast.analyst,
            system=release.system,
            release=release,
            run=item.run,
            risks=[disparity],
            facts=FindingFacts(
                title=f"Beyond the limit: {item.check_row.short_title}",
                description=item.sentence,
                severity=1,
                owner=cast.owner,
                due_date=timezone.now().date() + dt.timedelta(days=30),
            ),
        )
    _rate(cast, release, risks)


def _rate(cast: Cast, release: Release, risks: dict[str, Risk]) -> None:
    told = [item for item in verdicts(release) if item.run.method == "fairness.group_rates"]
    disparity = risks[str(texts.DISPARITY["title"])]
    if told:
        _rate_by_verdict(cast, disparity, told[0])
    proxy = risks[str(texts.PROXY["title"])]
    if proxy.rated_at is None:
        rate_risk(
            actor=cast.analyst,
            risk=proxy,
            rating=Rating(likelihood=proxy.inherent_likelihood, severity=proxy.inherent_severity),
            rationale=texts.PROXY_RATING,
        )
    past = risks[str(texts.PAST["title"])]
    if past.rated_at is None:
        rate_risk(
            actor=cast.analyst,
            risk=past,
            rating=Rating(likelihood=past.inherent_likelihood, severity=past.inherent_severity),
            rationale=(
                "Nothing in this release changes what the label is. The audit of the past "
                "decisions shows the differences that the label carries."
            ),
        )


def _rate_by_verdict(cast: Cast, risk: Risk, worst: RunVerdict) -> None:
    link_risk_to_run(
        actor=cast.analyst, risk=risk, run=worst.run, verdict=worst, note=worst.sentence
    )
    rate_risk(
        actor=cast.analyst,
        risk=risk,
        rating=Rating(
            likelihood=LIKELIHOOD[VerdictWord(worst.verdict)], severity=risk.inherent_severity
        ),
        rationale=(
            f"Run {worst.run_id}, worst verdict {worst.get_verdict_display().lower()}: "
            f"{worst.sentence} Severity is unchanged; likelihood is 4 when a check fails, 3 "
            "when it does not settle the matter, 2 when all pass."
        ),
    )


def _confirm_card(cast: Cast, release: Release) -> None:
    document(cast.analyst, release, DocumentKind.MODEL_CARD)
    for item in compute_gate(release).requirements:
        if item.key.endswith("model_card") and item.is_open:
            confirm_model_card(actor=cast.analyst, release=release, key=item.key)


def _sign_off(cast: Cast, release: Release) -> None:
    for item in compute_gate(release).requirements:
        if item.category != "sign_off" or item.status == "not_applicable":
            continue
        if SignOff.objects.filter(release=release, requirement=item.key).exists():
            continue
        field = "validation" if "validation" in item.key else item.key.split(".")[-1]
        sign(
            actor=cast.reviewer,
            release=release,
            key=item.key,
            outcome=SignOffOutcome.SIGNED,
            note=texts.SIGN_OFFS[field],
        )


def recommendation(release: Release) -> str:
    """Go only when nothing is open; the demo's analyst asks for no exception."""
    return DecisionKind.GO if compute_gate(release).ready else DecisionKind.NO_GO


def reason(release: Release) -> str:
    """Say why in sentences made from the gate and, for a later release, from the comparison."""
    drafted = drafted_reason(release_gate(release))
    first, apart, rest = drafted.partition(". ")
    parts = (f"{first}.", _before(release), rest) if apart else (drafted,)
    return " ".join(part for part in parts if part)


def _before(release: Release) -> str:
    now = next((item for item in verdicts(release) if item.verdict == VerdictWord.FAIL), None)
    source = release.cloned_from
    if now is None or source is None:
        return ""
    then = next(
        (
            item
            for item in latest_verdicts(source).values()
            if item.check_row.requirement == now.check_row.requirement
        ),
        None,
    )
    if then is None:
        return ""
    return (
        f"Before, in release {source.version} (run {then.run_id}): {then.sentence.partition(':')[0].rstrip('.')}. "
        "The mitigation did not bring it within the limit."
    )


def conditions(cast: Cast, release: Release) -> list[dict[str, object]]:
    """What a next release would have to bring, from what is open now."""
    due = (timezone.now().date() + dt.timedelta(days=60)).isoformat()
    people = {"analyst": cast.analyst, "reviewer": cast.reviewer}
    return [
        {"text": item.text, "owner": people.get(item.by, cast.owner).pk, "due_date": due}
        for item in drafted_conditions(release_gate(release))[:MOST_CONDITIONS]
    ]
