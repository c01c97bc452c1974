"""Lists: filters in the address, a number of queries that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluations.models import Finding, QuickAudit, Run, RunVerdict
from rai_portal.accounts.models import User
from registry.models import AISystem
from tests.evaluations.pages.conftest import Stage
from tests.factories import People, make_system

type ClientFor = Callable[[User], Client]

BUDGET = 15


def _runs(stage: Stage, number: int) -> None:
    """Copies of the run, each with a verdict, as rows without a result."""
    run = stage.run
    rows = Run.objects.bulk_create(
        Run(
            portfolio=run.portfolio, release=run.release, plan=run.plan, method=run.method,
            title=f"Copy {index}", method_version=run.method_version, dataset=run.dataset, seed=1,
            counts=True, state="failed", started_by=run.started_by,
        )
        for index in range(number)
    )  # fmt: skip
    RunVerdict.objects.bulk_create(
        RunVerdict(
            run=row, check_row=stage.check, verdict="error", direction="at_most", sentence="No."
        )
        for row in rows
    )


def _findings(stage: Stage, number: int) -> None:
    Finding.objects.bulk_create(
        Finding(
            system=stage.release.system, release=stage.release, run=stage.run, severity=3,
            title=f"Copy {index}", owner=stage.finding.owner, created_by=stage.finding.created_by,
        )
        for index in range(number)
    )  # fmt: skip


def _audits(stage: Stage, number: int) -> None:
    QuickAudit.objects.bulk_create(
        QuickAudit(
            portfolio=stage.audit.portfolio, dataset=stage.audit.dataset,
            created_by=stage.audit.created_by, system=stage.release.system,
        )
        for _ in range(number)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "more"), [("run_list", _runs), ("finding_list", _findings), ("audit_new", _audits)]
)
def test_a_list_asks_no_more_at_300_rows_than_at_10(
    people: People, stage: Stage, client_for: ClientFor, name: str,
    more: Callable[[Stage, int], None],
) -> None:  # fmt: skip
    client = client_for(people.analyst)
    counts = []
    for number in (10, 290):
        more(stage, number)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(name)).status_code == 200
        counts.append(len(asked))
        assert not [q for q in asked.captured_queries if '"evaluations_run"."result",' in q["sql"]]
    # A second page adds links, never a query.
    assert counts[0] == counts[1]
    assert counts[1] <= BUDGET


@pytest.fixture
def client(people: People, client_for: ClientFor) -> Client:
    return client_for(people.analyst)


def _shown(client: Client, name: str, query: str) -> str:
    return client.get(f"{reverse(name)}?{query}").content.decode()


def test_runs_are_filtered_by_the_address(people: People, stage: Stage, client: Client) -> None:
    link = reverse("run_detail", args=[stage.run.pk])
    other = make_system(portfolio=people.portfolio, owner=people.owner)
    for query, found in (
        (f"system={stage.release.system_id}", True), (f"system={other.pk}", False),
        ("method=fairness.group_rates", True), ("method=attribution.shap", False),
        ("state=succeeded", True), ("state=failed", False),
        ("verdict=fail", True), ("verdict=error", False), ("state=nonsense", True),
    ):  # fmt: skip
        assert (link in _shown(client, "run_list", query)) is found, query


def test_findings_are_filtered_by_the_address_and_open_ones_show_first(
    people: People, stage: Stage, client: Client
) -> None:
    link = reverse("finding_detail", args=[stage.finding.pk])
    for query, found in (
        ("", True), ("severity=3", True), ("severity=1", False), ("state=closed", False),
        ("state=all", True), ("owner=me", False), (f"owner={people.owner.pk}", True),
        ("q=less+often", True), ("q=elephant", False),
    ):  # fmt: skip
        assert (link in _shown(client, "finding_list", query)) is found, query


def test_a_finding_is_closed_with_a_note_and_opened_again_with_a_reason(
    stage: Stage, client: Client
) -> None:
    url = reverse("finding_close", args=[stage.finding.pk])
    assert 'id="id_note_error"' in client.post(url, {"note": ""}).content.decode()
    client.post(url, {"note": "Run 12 shows a smaller gap."})
    stage.finding.refresh_from_db()
    assert stage.finding.state == "closed"
    page = client.get(reverse("finding_detail", args=[stage.finding.pk])).content.decode()
    assert "Run 12 shows a smaller gap." in page
    client.post(
        reverse("finding_reopen", args=[stage.finding.pk]), {"reason": "It was another run."}
    )
    stage.finding.refresh_from_db()
    assert stage.finding.state == "open"


def test_an_audit_of_another_portfolio_cannot_be_attached_to(
    people: People, stage: Stage, client: Client
) -> None:
    url = reverse("audit_attach", args=[stage.audit.pk])
    foreign: AISystem = make_system(portfolio=people.other_portfolio, owner=people.stranger)
    assert client.post(url, {"system": foreign.pk}).status_code == 200
    assert QuickAudit.objects.get(pk=stage.audit.pk).system is None
    client.post(url, {"system": stage.release.system_id})
    assert QuickAudit.objects.get(pk=stage.audit.pk).system == stage.release.system
