"""Findings, links and narrative: from a metric of a run to the register."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from evaluations.models import MitigationRun, RiskRun, Run
from evaluations.services.evidence import risk_basis
from evaluations.services.findings import (
    FindingFacts,
    close_finding,
    create_finding,
    facts_of,
    link_risks,
    may_close,
    reopen_finding,
    update_finding,
)
from evaluations.services.links import link_risk_to_run, verify_mitigation_by_run
from evaluations.services.metrics import metric_at, metric_sentence
from evaluations.services.narrative import confirm_narrative
from evaluations.services.runs import start_runs
from rai_portal.accounts.choices import Role
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.models import Contribution, Mitigation, Release
from registry.services.ratings import rate_risk
from registry.services.risks import Rating
from tests.evaluations.services.cases import GAP, decisions, locked_plan
from tests.factories import People, make_risk, make_system, make_user


@pytest.fixture
def run(people: People, release: Release, run_work: Any) -> Run:
    locked_plan(people, release, decisions(people, release))
    with run_work():
        (found,) = start_runs(actor=people.analyst, release=release)
    found.refresh_from_db()
    return found


def _place(run: Run, key: str) -> int:
    assert run.result is not None
    return next(i for i, item in enumerate(run.result["metrics"]) if item["metric"] == key)


def test_a_finding_rests_on_the_metric_as_the_run_stored_it(people: People, run: Run) -> None:
    metric = metric_at(run, _place(run, GAP))
    assert "0.30 (0.18 to 0.42), 300 rows between A and B" in metric_sentence(metric)
    facts = FindingFacts(title="B is approved less often", severity=2, owner=people.owner)
    risk = make_risk(run.release.system, by=people.analyst)
    finding = create_finding(
        actor=people.analyst, run=run, metric=metric, facts=facts, risks=[risk]
    )
    assert finding.system == run.release.system
    assert finding.release == run.release
    assert finding.metric == metric
    assert list(finding.risks.all()) == [risk]

    false = {**metric, "estimate": {**metric["estimate"], "value": 0.01}}
    with pytest.raises(Refused, match="is not one of run"):
        create_finding(actor=people.analyst, run=run, metric=false, facts=facts)
    with pytest.raises(Refused, match="no such metric"):
        metric_at(run, 100_000)


def test_a_finding_closes_with_a_note_and_opens_again_with_a_reason(
    people: People, release: Release
) -> None:
    facts = FindingFacts(title="Hand-written", severity=3, owner=people.owner)
    finding = create_finding(actor=people.owner, system=release.system, facts=facts)
    with pytest.raises(Refused, match="Say what settled"):
        close_finding(actor=people.owner, finding=finding, note=" ")
    closed = close_finding(actor=people.owner, finding=finding, note="Settled by a new form.")
    assert closed.closed_by == people.owner
    changed = dataclasses.replace(facts_of(closed), title="Otherwise")
    with pytest.raises(Refused, match="is closed"):
        update_finding(actor=people.owner, finding=finding, facts=changed)
    reopen_finding(actor=people.owner, finding=finding, reason="It came back.")
    row = update_finding(actor=people.owner, finding=finding, facts=changed)
    assert (row.title, row.state, row.closing_note) == ("Otherwise", "open", "")
    assert Entry.objects.filter(action__startswith="finding.").count() == 4


def test_a_finding_takes_no_risk_of_another_system_and_no_stranger(
    people: People, release: Release
) -> None:
    facts = FindingFacts(title="Hand-written", severity=3, owner=people.owner)
    finding = create_finding(actor=people.owner, system=release.system, facts=facts)
    other = make_system(portfolio=people.portfolio, owner=people.owner)
    with pytest.raises(Refused, match="belongs to another system"):
        link_risks(actor=people.owner, finding=finding, risks=[make_risk(other, by=people.owner)])
    with pytest.raises(NotAllowed):
        close_finding(actor=people.stranger, finding=finding, note="Mine now.")
    with pytest.raises(NotAllowed):
        create_finding(actor=people.auditor, system=release.system, facts=facts)


@pytest.mark.parametrize("severity", [1, 2])
def test_a_grave_finding_is_settled_by_neither_its_author_nor_its_owner(
    people: People, release: Release, severity: int
) -> None:
    facts = FindingFacts(title="Refused more often", severity=severity, owner=people.owner)
    finding = create_finding(actor=people.analyst, system=release.system, facts=facts)
    for actor in (people.analyst, people.owner):
        with pytest.raises(NotAllowed, match="second person"):
            close_finding(actor=actor, finding=finding, note="Mended.")
        with pytest.raises(NotAllowed, match="second person"):
            lower = dataclasses.replace(facts, severity=3)
            update_finding(actor=actor, finding=finding, facts=lower)
        assert not may_close(actor, finding)
    for actor in (people.board, people.auditor, people.stranger):
        with pytest.raises(NotAllowed):
            close_finding(actor=actor, finding=finding, note="Mended.")
    assert may_close(people.reviewer, finding)
    closed = close_finding(actor=people.reviewer, finding=finding, note="Run 9 is within.")
    assert (closed.state, closed.closed_by) == ("closed", people.reviewer)
    assert not Contribution.objects.filter(user=people.reviewer).exists()


def test_giving_a_grave_finding_away_frees_nobody(people: People, release: Release) -> None:
    facts = FindingFacts(title="Refused more often", severity=1, owner=people.owner)
    finding = create_finding(actor=people.analyst, system=release.system, facts=facts)
    second = make_user(Role.ANALYST, people.portfolio)
    away = dataclasses.replace(facts, owner=second)
    update_finding(actor=people.owner, finding=finding, facts=away)
    third = make_user(Role.OWNER, people.portfolio)
    reworded = dataclasses.replace(away, title="Refused far more often", owner=people.analyst)
    update_finding(actor=third, finding=finding, facts=reworded)
    finding.refresh_from_db()
    for own in (people.analyst, people.owner, second, third):
        with pytest.raises(NotAllowed, match="ever owned it or changed it"):
            close_finding(actor=own, finding=finding, note="Mended.")
        for severity in (2, 3):
            with pytest.raises(NotAllowed, match="ever owned it or changed it"):
                lower = dataclasses.replace(reworded, severity=severity)
                update_finding(actor=own, finding=finding, facts=lower)
        assert not may_close(own, finding)
    unmoved = make_user(Role.ANALYST, people.portfolio)
    assert close_finding(actor=unmoved, finding=finding, note="Mended.").closed_by == unmoved


def test_a_link_to_a_verdict_that_failed_leaves_a_rating_attested(people: People, run: Run) -> None:
    assert run.release is not None
    risk = make_risk(run.release.system, by=people.analyst)
    assert risk_basis([risk]) == {risk.pk: "missing"}
    verdict = run.verdicts.get(check_row__metric=GAP)
    assert verdict.verdict == "fail"
    link = link_risk_to_run(actor=people.analyst, risk=risk, run=run, verdict=verdict)
    assert link_risk_to_run(actor=people.analyst, risk=risk, run=run, verdict=verdict) == link
    assert (RiskRun.objects.count(), link.metric) == (1, GAP)
    rate_risk(
        actor=people.analyst, risk=risk, rating=Rating(likelihood=4, severity=5),
        rationale="The gap is 0.30.",
    )  # fmt: skip
    assert risk_basis([risk]) == {risk.pk: "attested"}


def test_a_verdict_of_another_run_is_not_linked(people: People, run: Run) -> None:
    assert run.release is not None
    risk = make_risk(run.release.system, by=people.analyst)
    other = run.verdicts.get(check_row__metric=GAP)
    other.run_id = run.pk + 1
    with pytest.raises(Refused, match="not one of run"):
        link_risk_to_run(actor=people.analyst, risk=risk, run=run, verdict=other)


def test_a_link_to_a_run_of_another_system_is_refused(people: People, run: Run) -> None:
    other = make_system(portfolio=people.portfolio, owner=people.owner)
    with pytest.raises(Refused, match="Nothing was linked"):
        link_risk_to_run(actor=people.analyst, risk=make_risk(other, by=people.owner), run=run)


def test_a_mitigation_is_verified_by_a_run_and_not_by_its_own_people(
    people: People, run: Run
) -> None:
    risk = make_risk(run.release.system, by=people.analyst)
    mitigation = Mitigation.objects.create(
        risk=risk, title="Reweigh", owner=people.owner, created_by=people.analyst
    )
    for own in (people.analyst, people.owner):
        with pytest.raises(Refused, match="somebody else verifies"):
            verify_mitigation_by_run(actor=own, mitigation=mitigation, run=run, note="It works.")
    assert not MitigationRun.objects.exists()
    row = verify_mitigation_by_run(
        actor=make_user(Role.ANALYST, people.portfolio),
        mitigation=mitigation,
        run=run,
        note="The gap is down.",
    )
    assert (row.status, row.evidence_reference) == ("verified", f"run {run.pk}")
    assert MitigationRun.objects.get().run == run


def test_a_confirmed_narrative_names_who_stands_for_it(people: People, run: Run) -> None:
    with pytest.raises(NotAllowed):
        confirm_narrative(actor=people.board, run=run)
    row = confirm_narrative(actor=people.owner, run=run)
    assert row.narrative_confirmed_by == people.owner
    confirm_narrative(actor=people.analyst, run=run)
    row.refresh_from_db()
    assert row.narrative_confirmed_by == people.owner
    assert Contribution.objects.filter(user=people.owner, act="run.narrative_confirmed").exists()
