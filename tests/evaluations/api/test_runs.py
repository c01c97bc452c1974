"""Runs, findings and audits by API: started, read, recorded, and hidden from strangers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from evaluations.methods.results import result_digest
from evaluations.models import Finding, QuickAudit, Run
from evaluations.services.plans import current_plan
from rai_portal.accounts.choices import Scope
from rai_portal.accounts.models import User
from rai_portal.accounts.services.tokens import create_token
from rai_portal.ledger.models import Entry
from registry.models import AISystem, Release
from tests.evaluations.services.cases import GAP, check, decisions, locked_plan
from tests.factories import People, make_dataset, make_release, make_risk, make_system

type Work = Callable[[], AbstractContextManager[object]]


def _token(user: User, scope: Scope) -> dict[str, str]:
    _, token = create_token(actor=None, user=user, scope=scope, days=1)
    return {"authorization": f"Token {token}"}


@pytest.fixture
def planned(people: People, release: Release) -> Release:
    locked_plan(people, release, decisions(people, release))
    return release


def _started(people: People, release: Release, run_work: Work) -> Run:
    with run_work():
        answer = Client().post(
            "/api/v1/runs/", {"release": release.pk}, content_type="application/json",
            headers=_token(people.pipeline, Scope.RUN),
        )  # fmt: skip
    assert answer.status_code == 201, answer.content
    return Run.objects.get(pk=answer.json()[0]["id"])


def test_a_pipeline_starts_the_locked_plan_and_reads_result_and_verdicts(
    people: People, planned: Release, run_work: Work
) -> None:
    run = _started(people, planned, run_work)
    headers = _token(people.pipeline, Scope.READ)
    body = Client().get(f"/api/v1/runs/{run.pk}/", headers=headers).json()

    assert body["state"] == "succeeded"
    assert body["counts"] is True
    assert result_digest(body["result"]) == run.result_digest == body["result_digest"]
    assert all("svg" not in figure for figure in body["result"]["figures"])
    gap = next(item for item in body["verdicts"] if item["metric"] == GAP)
    # 160 of 200 in A less 50 of 100 in B.
    assert gap["value"] == pytest.approx(0.30)
    assert (gap["verdict"], gap["n"], gap["threshold"]) == ("fail", 300, 0.10)


def test_a_list_of_runs_leaves_the_results_out(
    people: People, planned: Release, run_work: Work
) -> None:
    _started(people, planned, run_work)
    with CaptureQueriesContext(connection) as asked:
        body = (
            Client()
            .get(f"/api/v1/runs/?release={planned.pk}", headers=_token(people.auditor, Scope.READ))
            .json()
        )
    assert body["count"] == 1
    assert "result" not in body["results"][0]
    assert not [q for q in asked.captured_queries if '"evaluations_run"."result",' in q["sql"]]


def test_single_checks_are_started_by_id(people: People, release: Release, run_work: Work) -> None:
    dataset = decisions(people, release)
    locked_plan(
        people, release, dataset, check(dataset),
        check(dataset, requirement="other", parameters={"minimum_group_size": 50}),
    )  # fmt: skip
    plan = current_plan(release)
    assert plan is not None
    second = plan.checks.order_by("position")[1]
    with run_work():
        answer = Client().post(
            "/api/v1/runs/", {"release": release.pk, "checks": [second.pk]},
            content_type="application/json", headers=_token(people.analyst, Scope.WRITE),
        )  # fmt: skip
    assert answer.status_code == 201
    (started,) = answer.json()
    assert [item["check_id"] for item in _verdicts(people, started["id"])] == [second.pk]


def _verdicts(people: People, run: int) -> list[dict[str, Any]]:
    headers = _token(people.analyst, Scope.READ)
    body = Client().get(f"/api/v1/runs/{run}/", headers=headers).json()
    found: list[dict[str, Any]] = body["verdicts"]
    return found


@pytest.mark.parametrize("role", ["auditor", "board", "executive", "reviewer", "administrator"])
def test_roles_that_only_read_start_nothing(people: People, planned: Release, role: str) -> None:
    answer = Client().post(
        "/api/v1/runs/", {"release": planned.pk}, content_type="application/json",
        headers=_token(getattr(people, role), Scope.WRITE),
    )  # fmt: skip
    assert answer.status_code == 403
    assert "not start" in answer.json()["detail"]
    assert not Run.objects.exists()


def test_a_token_to_read_starts_nothing(people: People, planned: Release) -> None:
    answer = Client().post(
        "/api/v1/runs/", {"release": planned.pk}, content_type="application/json",
        headers=_token(people.analyst, Scope.READ),
    )  # fmt: skip
    assert answer.status_code == 403
    assert not Run.objects.exists()


def test_a_token_to_run_records_no_finding(people: People, system: AISystem) -> None:
    body = {"system": system.pk, "title": "Seen", "severity": 3, "owner": people.owner.pk}
    answer = Client().post(
        "/api/v1/findings/", body, content_type="application/json",
        headers=_token(people.analyst, Scope.RUN),
    )  # fmt: skip
    assert answer.status_code == 403
    assert not Finding.objects.exists()


def test_a_release_without_a_locked_plan_is_refused_with_a_sentence(
    people: People, release: Release
) -> None:
    answer = Client().post(
        "/api/v1/runs/", {"release": release.pk}, content_type="application/json",
        headers=_token(people.analyst, Scope.RUN),
    )  # fmt: skip
    assert answer.status_code == 422
    assert "has no plan" in answer.json()["detail"]


def test_for_a_stranger_nothing_of_it_exists(
    people: People, planned: Release, run_work: Work
) -> None:
    run = _started(people, planned, run_work)
    plan = current_plan(planned)
    assert plan is not None
    client, headers = Client(), _token(people.stranger, Scope.WRITE)
    assert client.get(f"/api/v1/runs/{run.pk}/", headers=headers).status_code == 404
    assert client.get("/api/v1/runs/", headers=headers).json()["count"] == 0
    start = client.post(
        "/api/v1/runs/", {"release": planned.pk}, content_type="application/json", headers=headers
    )
    assert start.status_code == 400
    assert "does not exist" in start.json()["release"][0]
    own = make_system(portfolio=people.other_portfolio, owner=people.stranger)
    checks = {"release": make_release(own).pk, "checks": [plan.checks.get(metric=GAP).pk]}
    other = client.post("/api/v1/runs/", checks, content_type="application/json", headers=headers)
    assert other.status_code == 400
    assert "checks" in other.json()
    finding = {
        "system": own.pk, "run": run.pk, "title": "Mine", "severity": 2,
        "owner": people.stranger.pk,
    }  # fmt: skip
    made = client.post(
        "/api/v1/findings/", finding, content_type="application/json", headers=headers
    )
    assert made.status_code == 400
    assert "run" in made.json()
    assert Run.objects.count() == 1


def test_a_finding_is_recorded_from_a_metric_and_closed_with_a_note(
    people: People, planned: Release, run_work: Work
) -> None:
    run = _started(people, planned, run_work)
    assert run.result is not None
    place = next(index for index, item in enumerate(run.result["metrics"]) if item["metric"] == GAP)
    risk = make_risk(planned.system, by=people.analyst)
    client, headers = Client(), _token(people.analyst, Scope.WRITE)
    body = {
        "run": run.pk, "metric_index": place, "risks": [risk.pk], "severity": 3,
        "title": "Group B is approved less often", "owner": people.owner.pk,
    }  # fmt: skip
    answer = client.post(
        "/api/v1/findings/", body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["metric"] == run.result["metrics"][place]
    assert (made["system"], made["release"]) == (planned.system_id, planned.pk)
    assert (made["risks"], made["state"]) == ([risk.pk], "open")

    url = f"/api/v1/findings/{made['id']}/close/"
    empty = client.post(url, {"note": " "}, content_type="application/json", headers=headers)
    assert empty.status_code == 400
    closed = client.post(
        url, {"note": "Seen again in run 9"}, content_type="application/json", headers=headers
    )
    assert (closed.json()["state"], closed.json()["closed_by"]) == ("closed", people.analyst.pk)
    assert Entry.objects.filter(action="finding.closed", subject_id=made["id"]).count() == 1


def test_a_metric_needs_its_run_and_must_be_there(
    people: People, planned: Release, run_work: Work
) -> None:
    run = _started(people, planned, run_work)
    client, headers = Client(), _token(people.analyst, Scope.WRITE)
    facts = {"title": "Seen", "severity": 3, "owner": people.owner.pk, "metric_index": 99_999}
    bare = client.post(
        "/api/v1/findings/", {**facts, "system": planned.system_id},
        content_type="application/json", headers=headers,
    )  # fmt: skip
    assert (bare.status_code, list(bare.json())) == (400, ["run"])
    beyond = client.post(
        "/api/v1/findings/", {**facts, "run": run.pk}, content_type="application/json",
        headers=headers,
    )  # fmt: skip
    assert beyond.status_code == 422
    assert "no such metric" in beyond.json()["detail"]
    assert not Finding.objects.exists()


@pytest.mark.parametrize("path", ["runs", "findings", "audits"])
def test_without_a_token_nothing_is_answered(db: None, path: str) -> None:
    assert Client().get(f"/api/v1/{path}/").status_code == 401


def test_audits_are_read_with_the_state_of_their_report(people: People) -> None:
    dataset = make_dataset(portfolio=people.portfolio, by=people.analyst, name="Loans 1990")
    audit = QuickAudit.objects.create(
        portfolio=people.portfolio, dataset=dataset, created_by=people.analyst
    )
    headers = _token(people.auditor, Scope.READ)
    body = Client().get(f"/api/v1/audits/{audit.pk}/", headers=headers).json()
    assert (body["name"], body["state"], body["run"]) == ("Loans 1990", None, None)
    strange = _token(people.stranger, Scope.READ)
    assert Client().get(f"/api/v1/audits/{audit.pk}/", headers=strange).status_code == 404


@pytest.mark.parametrize("path", ["findings", "audits"])
def test_a_list_asks_the_same_number_of_queries_whatever_its_length(
    people: People, system: AISystem, path: str
) -> None:
    headers = _token(people.analyst, Scope.READ)
    Client().get(f"/api/v1/{path}/", headers=headers)  # notes once that the token is in use
    counts = []
    for more in (2, 40):
        for number in range(more):
            _add(people, system, number)
        with CaptureQueriesContext(connection) as asked:
            answer = Client().get(f"/api/v1/{path}/?page_size=100", headers=headers)
        assert answer.status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[1] <= 12


def _add(people: People, system: AISystem, number: int) -> None:
    finding = Finding.objects.create(
        system=system, title=f"Finding {number}", severity=3, owner=people.owner,
        created_by=people.analyst,
    )  # fmt: skip
    finding.risks.add(make_risk(system, by=people.analyst))
    QuickAudit.objects.create(
        portfolio=people.portfolio, created_by=people.analyst,
        dataset=make_dataset(portfolio=people.portfolio, by=people.analyst),
    )  # fmt: skip


def test_the_schema_names_these_doors_and_no_way_to_change_a_run(db: None) -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    paths = schema["paths"]
    assert set(paths["/api/v1/runs/"]) == {"get", "post"}
    assert set(paths["/api/v1/runs/{id}/"]) == {"get"}
    assert set(paths["/api/v1/findings/"]) == {"get", "post"}
    assert set(paths["/api/v1/audits/"]) == {"get"}
