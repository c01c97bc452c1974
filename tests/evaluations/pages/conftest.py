"""A release with a locked plan and one run that ended, a finding and an audit of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest

from evaluations.models import Check, EvaluationPlan, Finding, QuickAudit, Run
from evaluations.services.findings import FindingFacts, create_finding
from evaluations.services.runs import start_runs
from registry.models import Release
from tests.evaluations.services.cases import decisions, locked_plan
from tests.factories import People, make_dataset

type Work = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class Stage:
    """Rows of every kind that a page shows."""

    release: Release
    plan: EvaluationPlan
    check: Check
    run: Run
    finding: Finding
    audit: QuickAudit


@pytest.fixture
def ran(people: People, release: Release, run_work: Work) -> Run:
    locked_plan(people, release, decisions(people, release))
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run.refresh_from_db()
    assert run.state == "succeeded", run.message
    return run


@pytest.fixture
def stage(people: People, release: Release, ran: Run) -> Stage:
    facts = FindingFacts(title="Group B is approved less often", severity=3, owner=people.owner)
    audit = QuickAudit.objects.create(
        portfolio=people.portfolio, created_by=people.analyst,
        dataset=make_dataset(portfolio=people.portfolio, by=people.analyst),
    )  # fmt: skip
    plan = ran.plan
    assert plan is not None
    check = plan.checks.first()
    assert check is not None
    return Stage(
        release=release,
        plan=plan,
        check=check,
        run=ran,
        finding=create_finding(actor=people.analyst, facts=facts, run=ran),
        audit=audit,
    )
