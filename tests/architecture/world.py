"""One row of everything in one portfolio, so that every address has something to show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils import timezone

from assessments.models import (
    Decision,
    DecisionCondition,
    Document,
    ExceptionGrant,
    GateSnapshot,
    PolicyVersion,
    RequirementEvidence,
    Review,
    RiskAcceptance,
    SignOff,
    Vote,
)
from evaluations.models import (
    Check,
    EvaluationPlan,
    EvaluationReport,
    Finding,
    QuickAudit,
    Run,
    RunVerdict,
)
from rai_portal.accounts.models import Membership, RoleProposal
from rai_portal.ledger.services.record import record
from registry.models import InventoryImport, Mitigation, ModelArtefact, Release, RiskRating
from tests.assessments.world import TIER_1, tiered
from tests.factories import (
    People,
    attach,
    make_dataset,
    make_file,
    make_release,
    make_risk,
    make_system,
)

REQUIREMENT = "documents.datasheet"
RESULT: dict[str, Any] = {
    "schema": "rai-result/1",
    "method": {"key": "fairness.group_rates", "version": "1.0.0"},
    "headline": "Group B is approved 0.30 less often than group A (0.19 to 0.41, 300 rows).",
    "parameters": {"level": 0.95, "minimum_group_size": 30},
    "metrics": [
        {
            "metric": "selection_rate", "group": {"race": "A"},
            "estimate": {
                "value": 0.8, "low": 0.74, "high": 0.85, "level": 0.95, "n": 200,
                "interval": "wilson",
            },
        },
        {
            "metric": "selection_rate", "group": {"race": "C"},
            "not_estimable": {"reason": "4 rows; 30 are needed", "n": 4},
        },
        {
            "metric": "selection_rate_worst_difference", "group": None, "by": ["race"],
            "pair": {"high": {"race": "A"}, "low": {"race": "B"}},
            "estimate": {
                "value": 0.3, "low": 0.19, "high": 0.41, "level": 0.95, "n": 300,
                "interval": "newcombe", "simultaneous_low": 0.19, "simultaneous_high": 0.41,
            },
        },
    ],
    "excluded": [{"group": {"race": "C"}, "n": 4, "reason": "fewer than 30 rows"}],
    "tables": [
        {
            "key": "rates", "title": "Rates by group", "columns": ["race", "rows", "rate"],
            "rows": [["A", 200, 0.8], ["B", 100, 0.5]], "note": "",
        }
    ],
    "figures": [],
    "diagnostics": [],
    "narrative": {
        "principle": "Like chances.", "technique": "Wilson.", "limitation": "Labels.",
        "decision": "Launch.",
    },
    "seed": 1,
    "inputs": {"data": "0" * 64},
    "provenance": {},
}  # fmt: skip

SIGNATURE = {
    "format": "xgboost-ubj", "feature_names": ["a"], "feature_types": ["float"],
    "objective": "binary:logistic", "booster": "gbtree", "outputs": 1, "trees": 12,
    "base_score": [0.5], "library_version": "3.1.0",
}  # fmt: skip


@dataclass
class World:
    """Rows by the name that addresses use for them."""

    people: People
    release: Release
    rows: dict[str, Model] = field(default_factory=dict)

    def pk(self, name: str) -> int:
        row = self.rows[name]
        pk: int = row.number if isinstance(row, PolicyVersion) else row.pk
        return pk


def build(people: People) -> World:
    now = timezone.now()
    today = now.date()
    system = make_system(portfolio=people.portfolio, owner=people.owner, created_by=people.analyst)
    release = make_release(system, by=people.analyst)
    dataset = make_dataset(portfolio=people.portfolio, by=people.analyst, system=system)
    item = attach(release, dataset)
    file = make_file(portfolio=people.portfolio, content=b"%PDF-1.7\n", name="x.pdf")
    model = ModelArtefact.objects.create(
        system=system, name="Model", file=file, format="xgboost_ubj", state="succeeded",
        signature=SIGNATURE, created_by=people.analyst,
    )  # fmt: skip
    risk = make_risk(
        system, by=people.analyst, current_likelihood=3, current_severity=4,
        rated_by=people.analyst, rated_at=now, rating_evidence=file,
    )  # fmt: skip
    rating = RiskRating.objects.create(
        risk=risk, likelihood=1, severity=4, rationale="Looks fine.", rated_by=people.analyst,
        rated_at=now, needs="it brings the risk within appetite", evidence=file,
    )  # fmt: skip
    mitigation = Mitigation.objects.create(
        risk=risk, title="Reweigh", owner=people.owner, created_by=people.analyst,
        due_date=today, evidence=file,
    )  # fmt: skip
    world = World(people, release)
    entry = record(actor=people.analyst, action="system.registered", subject=system)
    world.rows = {
        "entry": entry, "person": people.owner,
        "grant": Membership.objects.get(user=people.reviewer),
        "proposal": RoleProposal.objects.create(
            user=people.owner, change="grant", role="reviewer", portfolio=people.portfolio,
            proposed_by=people.administrator, proposed_at=now,
        ),
        "system": system, "release": release, "dataset": dataset, "model": model, "risk": risk, "rating": rating,
        "mitigation": mitigation, "release_dataset": item, "file": file,
        "import": InventoryImport.objects.create(
            portfolio=people.portfolio, file_name="inventory.csv", rows=[],
            created_by=people.analyst,
        ),
    }  # fmt: skip
    world.rows["intake"] = tiered(release, people.analyst, TIER_1)
    _measure(world, now)
    _decide(world, now, today)
    return world


def _measure(world: World, now: dt.datetime) -> None:
    people, release = world.people, world.release
    digest = release.scope_digest()
    plan = EvaluationPlan.objects.create(release=release, created_by=people.analyst)
    check = Check.objects.create(
        plan=plan, requirement="fairness.selection_rate_gap:race", title="Gap by race",
        short_title="Gap", method="fairness.group_rates", method_version="1.0.0",
        metric="selection_rate_worst_difference", by=["race"], direction="at_most",
        threshold="0.1", dataset=world.rows["dataset"],
    )  # fmt: skip
    plan.state, plan.locked_at, plan.locked_by = "locked", now, people.analyst
    plan.digest = plan.computed_digest()
    plan.save()
    run = Run.objects.create(
        portfolio=people.portfolio, release=release, plan=plan, title="Group rates",
        method="fairness.group_rates", method_version="1.0.0", dataset=world.rows["dataset"],
        seed=1, counts=True, scope_digest=digest, started_by=people.analyst, result=RESULT,
        result_digest="1" * 64, headline=RESULT["headline"], state="succeeded", stage="storing",
        started_at=now, ended_at=now, parameters=RESULT["parameters"],
    )  # fmt: skip
    RunVerdict.objects.create(
        run=run,
        check_row=check,
        verdict="fail",
        direction="at_most",
        threshold=0.1,
        value=0.3,
        low=0.19,
        high=0.41,
        n=300,
        pair="A − B",
        sentence=RESULT["headline"],
    )
    finding = Finding.objects.create(
        system=release.system, release=release, run=run, title="Gap", severity=2,
        owner=people.owner, created_by=people.analyst,
    )  # fmt: skip
    audit_run = Run.objects.create(
        portfolio=people.portfolio, title="Quick audit", method="fairness.group_rates",
        method_version="1.0.0", dataset=world.rows["dataset"], seed=1, started_by=people.analyst,
        result=RESULT, result_digest="1" * 64, headline=RESULT["headline"], state="succeeded",
        started_at=now, ended_at=now, parameters=RESULT["parameters"],
    )  # fmt: skip
    world.rows |= {
        "plan": plan, "check": check, "run": run, "finding": finding, "audit_run": audit_run,
        "audit": QuickAudit.objects.create(
            portfolio=people.portfolio, dataset=world.rows["dataset"], run=audit_run,
            created_by=people.analyst,
        ),
        "report": EvaluationReport.objects.create(
            run=run, pdf=world.rows["file"], html=world.rows["file"], state="succeeded",
            created_by=people.analyst,
        ),
    }  # fmt: skip


def _decide(world: World, now: dt.datetime, today: dt.date) -> None:
    people, release = world.people, world.release
    policy = PolicyVersion.objects.first()
    assert policy is not None, "The packaged policy is published by the migrations."
    digest = release.scope_digest()
    snapshot = GateSnapshot.objects.create(
        release=release, policy=policy, scope_digest=digest, outcome="blocked",
        record={"outcome": "blocked", "requirements": []}, digest="2" * 64, rule_version="1",
        computed_at=now,
    )  # fmt: skip
    review = Review.objects.create(
        release=release, recommendation="no_go", rationale="The gap is beyond the limit.",
        scope_digest=digest, gate=snapshot, recommended_by=people.analyst, recommended_at=now,
    )  # fmt: skip
    Vote.objects.create(
        review=review,
        voter=people.board,
        kind="no_go",
        reason="The gap.",
        scope_digest=digest,
        gate_digest=snapshot.digest,
        roles=["board"],
        function=people.board.function,
        signed_at=now,
    )
    decision = Decision.objects.create(
        review=review, release=release, kind="no_go", reason="The gap.", scope_digest=digest,
        gate=snapshot, policy=policy, decided_at=now, expires_on=today + dt.timedelta(days=365),
    )  # fmt: skip
    review.state = "decided"
    review.save()
    second = make_release(release.system, by=people.analyst)
    world.rows |= {
        "policy": policy, "review": review, "decision": decision, "gate_snapshot": snapshot,
        "open_review": Review.objects.create(
            release=second, recommendation="no_go", rationale="Nothing was measured.",
            scope_digest=second.scope_digest(), gate=snapshot, recommended_by=people.analyst,
            recommended_at=now,
        ),
        "condition": DecisionCondition.objects.create(
            decision=decision, text="Collect rows", owner=people.owner, due_date=today
        ),
        "evidence": RequirementEvidence.objects.create(
            release=release, requirement=REQUIREMENT, text="Rows of 1990.", file=world.rows["file"],
            scope_digest=digest, attested_by=people.owner, attested_at=now,
        ),
        "sign_off": SignOff.objects.create(
            release=release, requirement="sign_offs.privacy", outcome="signed", note="Read.",
            scope_digest=digest, signed_by=people.reviewer, signed_at=now,
        ),
        "exception": ExceptionGrant.objects.create(
            release=release, requirement=REQUIREMENT, status_accepted="missing",
            scope_digest=digest, reason="Late", compensation="By hand", expires_on=today,
            requested_by=people.analyst, requested_at=now,
        ),
        "acceptance": RiskAcceptance.objects.create(
            risk=world.rows["risk"], likelihood=3, severity=4, rationale="Small",
            monitoring="Monthly", expires_on=today, accepted_by=people.executive, accepted_at=now,
        ),
        "document": Document.objects.create(
            release=release, kind="memo", scope_digest=digest, file=world.rows["file"],
            html=world.rows["file"], record={}, state="succeeded", created_by=people.analyst,
        ),
        "pack": Document.objects.create(
            release=release, kind="pack", scope_digest=digest, file=world.rows["file"], record={},
            state="succeeded", created_by=people.analyst,
        ),
    }  # fmt: skip
