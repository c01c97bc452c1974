"""Every row that gates rest on, read for many releases at once in a constant number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from assessments.choices import DocumentKind
from assessments.models import (
    Decision,
    DecisionCondition,
    Document,
    ExceptionGrant,
    GateSnapshot,
    Intake,
    RequirementEvidence,
    RiskAcceptance,
    SignOff,
    Vote,
)
from evaluations.models import Check, EvaluationPlan, Finding, RiskRun, Run, RunVerdict
from evaluations.queries.finding_hands import History, histories
from rai_portal.work.choices import WorkState
from registry.models import Release, Risk, RiskRating
from registry.queries.hands import first_of, hands_in

if TYPE_CHECKING:
    from django.db.models import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRows:
    """Rows by what they belong to: the name says which id the key is.

    served: check id → ids of the runs that were started for it. seen: (release id, digest) → the
    gate that somebody signed on. hands: release id → person → when they first contributed.
    risk_hands: the same by risk id.
    """

    releases: tuple[Release, ...]
    intakes: dict[int, Intake]
    plans: dict[int, EvaluationPlan]
    checks: dict[int, list[Check]]
    runs: dict[int, list[Run]]
    served: dict[int, frozenset[int]]
    verdicts: dict[int, list[RunVerdict]]
    evidence_by_system: dict[int, list[RequirementEvidence]]
    sign_offs: dict[int, list[SignOff]]
    risks_by_system: dict[int, list[Risk]]
    risk_runs: dict[int, list[RiskRun]]
    ratings: dict[int, list[RiskRating]]
    acceptances: dict[int, list[RiskAcceptance]]
    findings_by_system: dict[int, list[Finding]]
    finding_histories: dict[int, History]
    exceptions: dict[int, list[ExceptionGrant]]
    model_cards: dict[int, list[Document]]
    decisions: dict[int, list[Decision]]
    seen: dict[tuple[int, str], GateSnapshot]
    hands: dict[int, dict[int, dt.datetime]]
    risk_hands: dict[int, dict[int, dt.datetime]]


def grouped[M: "Model"](rows: Iterable[M], name: str) -> dict[int, list[M]]:
    """Return the rows by the id in the named column, in the order they came."""
    groups: dict[int, list[M]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, name)].append(row)
    return groups


def read(releases: Sequence[Release]) -> GateRows:
    """Read everything for these releases."""
    prefetch_related_objects(
        list(releases),
        "system__owner",
        "model__file",
        "release_datasets__dataset__file",
        "release_datasets__dataset__columns",
    )
    ids = [release.pk for release in releases]
    systems = {release.system_id for release in releases}
    plans = {plan.release_id: plan for plan in _plans(ids)}
    plan_ids = [plan.pk for plan in plans.values()]
    risks = list(Risk.objects.filter(system__in=systems).order_by("pk"))
    hands = hands_in(releases, risks)
    findings = list(Finding.objects.filter(system__in=systems).defer("metric").order_by("pk"))
    acceptances = _acceptances(risks)
    exceptions = list(
        ExceptionGrant.objects.filter(release__in=ids)
        .select_related("granted_by", "review__decision")
        .order_by("pk")
    )
    return GateRows(
        releases=tuple(releases),
        intakes=_intakes(ids),
        plans=plans,
        checks=grouped(
            Check.objects.filter(plan__in=plan_ids, removed=False).select_related("dataset"),
            "plan_id",
        ),
        runs=grouped(_runs(plan_ids), "plan_id"),
        served=_served(plan_ids),
        verdicts=grouped(
            RunVerdict.objects.filter(check_row__plan__in=plan_ids, run__counts=True).order_by(
                "pk"
            ),
            "check_row_id",
        ),
        evidence_by_system=_evidence(systems),
        sign_offs=grouped(
            SignOff.objects.filter(release__in=ids).select_related("signed_by").order_by("pk"),
            "release_id",
        ),
        risks_by_system=grouped(risks, "system_id"),
        risk_runs=grouped(_risk_runs(risks), "risk_id"),
        ratings=grouped(
            RiskRating.objects.filter(risk__in=ids_of(risks)).order_by("pk"), "risk_id"
        ),
        acceptances=grouped(acceptances, "risk_id"),
        findings_by_system=grouped(findings, "system_id"),
        finding_histories=histories(findings),
        exceptions=grouped(exceptions, "release_id"),
        model_cards=_model_cards(ids),
        decisions=grouped(_decisions(ids), "release_id"),
        seen=_seen(ids),
        hands={pk: first_of(hands.in_release[pk]) for pk in ids},
        risk_hands={risk.pk: first_of(hands.in_risk[risk.pk]) for risk in risks},
    )


def _intakes(ids: Sequence[int]) -> dict[int, Intake]:
    rows = Intake.objects.filter(release__in=ids).select_related("policy").defer("policy__text")
    return {intake.release_id: intake for intake in rows}


def _plans(ids: Sequence[int]) -> Iterable[EvaluationPlan]:
    """Plans in rising order, so that the newest of a release comes last."""
    return EvaluationPlan.objects.filter(release__in=ids).order_by("number")


def _runs(plan_ids: Sequence[int]) -> Iterable[Run]:
    return (
        Run.objects.filter(plan__in=plan_ids, counts=True)
        .defer("result", "inputs", "headline")
        .order_by("pk")
    )


def _served(plan_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Check id → ids of the runs that were started for it."""
    groups: dict[int, set[int]] = defaultdict(set)
    pairs = Run.checks.through.objects.filter(run__plan__in=plan_ids)
    for check_id, run_id in pairs.values_list("check_id", "run_id"):
        groups[check_id].add(run_id)
    return {check_id: frozenset(run_ids) for check_id, run_ids in groups.items()}


def ids_of(risks: Sequence[Risk]) -> list[int]:
    """Return their ids."""
    return [risk.pk for risk in risks]


def _acceptances(risks: Sequence[Risk]) -> list[RiskAcceptance]:
    rows = RiskAcceptance.objects.filter(risk__in=ids_of(risks))
    return list(rows.select_related("accepted_by").order_by("pk"))


def _risk_runs(risks: Sequence[Risk]) -> Iterable[RiskRun]:
    return (
        RiskRun.objects.filter(risk__in=ids_of(risks), run__state=WorkState.SUCCEEDED)
        .select_related("run", "verdict")
        .defer("run__result", "run__inputs", "run__headline")
        .order_by("pk")
    )


def _evidence(systems: Iterable[int]) -> dict[int, list[RequirementEvidence]]:
    groups: dict[int, list[RequirementEvidence]] = defaultdict(list)
    rows = RequirementEvidence.objects.filter(release__system__in=systems)
    for row in rows.select_related("attested_by", "release").order_by("pk"):
        groups[row.release.system_id].append(row)
    return groups


def _model_cards(ids: Sequence[int]) -> dict[int, list[Document]]:
    rows = Document.objects.filter(
        release__in=ids, kind=DocumentKind.MODEL_CARD, state=WorkState.SUCCEEDED
    )
    return grouped(rows.defer("record").order_by("pk"), "release_id")


def _decisions(ids: Sequence[int]) -> Iterable[Decision]:
    votes: QuerySet[Vote] = Vote.objects.order_by("pk")
    conditions: QuerySet[DecisionCondition] = DecisionCondition.objects.order_by("pk")
    return (
        Decision.objects.filter(release__in=ids)
        .select_related("gate", "policy", "review")
        .defer("policy__text")
        .prefetch_related(
            Prefetch("conditions", conditions),
            Prefetch("review__votes", votes),
        )
        .order_by("pk")
    )


def _seen(ids: Sequence[int]) -> dict[tuple[int, str], GateSnapshot]:
    signed = Vote.objects.filter(review__release__in=ids).order_by().values("gate_digest")
    rows = GateSnapshot.objects.filter(release__in=ids, digest__in=signed).order_by("pk")
    return {(row.release_id, row.digest): row for row in rows}
