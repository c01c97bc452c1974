"""What people do in every story of the demo, each by the service that the pages use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from assessments.choices import DocumentKind, IntakeState
from assessments.demo.people import Cast
from assessments.demo.texts import written
from assessments.demo.waiting import until_done
from assessments.models import Document, Intake, RequirementEvidence, Review
from assessments.services.documents import request_document
from assessments.services.evidence import Filing, attest
from assessments.services.gates import compute_gate, release_gate
from assessments.services.intakes import submit_intake
from assessments.services.plans import propose
from assessments.services.reviews import Ballot, ConditionInput, recommend, vote
from evaluations.models import EvaluationPlan, Run, SizeCount
from evaluations.services.plans import adjust_check, current_plan, lock_plan
from evaluations.services.runs import start_runs
from rai_portal.accounts.models import Portfolio, User
from registry.models import AISystem, Release, Risk
from registry.services.risks import Rating, RiskFacts, create_risk
from registry.services.systems import SystemFacts, register_system


def register(
    actor: User, portfolio: Portfolio, owner: User, kind: str, words: Mapping[str, str]
) -> AISystem:
    """Return the system, registered once."""
    found = AISystem.objects.filter(portfolio=portfolio, name=words["name"]).first()
    return found or register_system(
        actor=actor, portfolio=portfolio, facts=SystemFacts(owner=owner, kind=kind, **words)
    )


def answer_intake(actor: User, release: Release, answers: Mapping[str, list[str]]) -> None:
    """Submit the answers once."""
    if Intake.objects.filter(release=release, state=IntakeState.SUBMITTED).exists():
        return
    submit_intake(actor=actor, release=release, answers=dict(answers))


def plan_and_run(actor: User, release: Release) -> list[Run]:
    """Propose, adjust, lock, start; return the runs that count once each has ended."""
    plan = current_plan(release)
    if plan is None:
        plan, _ = propose(actor=actor, release=release)
        _use_the_cut_off(actor, plan, release)
        plan = EvaluationPlan.objects.get(pk=plan.pk)
    if not plan.locked:
        for count in SizeCount.objects.filter(dataset__checks__plan=plan).distinct():
            until_done(count)
        lock_plan(actor=actor, plan=plan)
    runs = list(Run.objects.filter(release=release, counts=True, repeat_of=None).order_by("pk"))
    if not runs:
        runs = start_runs(actor=actor, release=release)
    return [until_done(run) for run in runs]


def _use_the_cut_off(actor: User, plan: EvaluationPlan, release: Release) -> None:
    cut_off = release.settings.get("cut_off")
    for check in plan.checks.filter(method="attribution.shap"):
        adjust_check(
            actor=actor,
            check=check,
            parameters={**check.parameters, "cut_off": cut_off},
            reason=f"Cases are chosen around the release's own cut-off, {cut_off}.",
        )


def write_risks(
    actor: User, owner: User, release: Release, told: Iterable[Mapping[str, Any]]
) -> dict[str, Risk]:
    """Return the risks by title, each written once for the system."""
    found = {}
    for words in told:
        facts = {**words}
        inherent, target = facts.pop("inherent"), facts.pop("target")
        title = str(facts["title"])
        risk = Risk.objects.filter(system=release.system, title=title).first()
        found[title] = risk or create_risk(
            actor=actor,
            system=release.system,
            release=release,
            facts=RiskFacts(
                owner=owner,
                inherent=Rating(likelihood=inherent[0], severity=inherent[1]),
                target=Rating(likelihood=target[0], severity=target[1]),
                due_date=timezone.now().date() + dt.timedelta(days=30),
                **facts,
            ),
        )
    return found


def file_documents(actor: User, release: Release, documents: Mapping[str, tuple[str, ...]]) -> None:
    """File what the story has for a requirement; what it has not stays missing."""
    found = release_gate(release)
    for item in found.gate.requirements:
        asked = found.asked(item.key)
        answers = documents.get(asked.document or "") if asked else None
        if not answers or not asked or item.status == "not_applicable":
            continue
        if RequirementEvidence.objects.filter(release=release, requirement=item.key).exists():
            continue
        attest(
            actor=actor,
            release=release,
            key=item.key,
            filing=Filing(text=written(asked.document, answers)),
        )


def document(actor: User, release: Release, kind: DocumentKind) -> Document:
    """Return the newest document of that kind, made by the worker."""
    found = Document.objects.filter(release=release, kind=kind).first()
    return until_done(found or request_document(actor=actor, release=release, kind=kind))


def decide(
    cast: Cast, release: Release, kind: str, reason: str, conditions: list[dict[str, object]]
) -> None:
    """Recommend, sign by as many board members as the policy asks, wait for the documents."""
    named = tuple(_condition(item) for item in conditions)
    review = Review.objects.filter(release=release, state="open").first() or recommend(
        actor=cast.analyst,
        release=release,
        recommendation=kind,
        rationale=reason,
        proposed_conditions=named,
        session_date=timezone.now().date() + dt.timedelta(days=4),
    )
    document(cast.analyst, release, DocumentKind.MEMO)
    for member in (cast.board, cast.board2):
        review.refresh_from_db()
        if review.state != "open" or review.votes.filter(voter=member).exists():
            continue
        gate = compute_gate(release)
        vote(
            actor=member,
            review=review,
            ballot=Ballot(
                kind=kind,
                reason=f"I follow the analyst's recommendation: {_first_sentence(reason)}",
                conditions=named,
                scope_digest=gate.scope_digest,
                gate_digest=gate.digest,
            ),
        )
    for made in Document.objects.filter(release=release):
        until_done(made)


def _first_sentence(text: str) -> str:
    """Return the first sentence; dots inside numbers end none."""
    first, apart, _ = text.partition(". ")
    return f"{first}." if apart else first


def _condition(item: dict[str, object]) -> ConditionInput:
    return ConditionInput(
        text=str(item["text"]),
        owner=User.objects.get(pk=str(item["owner"])),
        due_date=dt.date.fromisoformat(str(item["due_date"])),
    )
