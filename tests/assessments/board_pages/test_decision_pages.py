from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Decision
from rai_portal.accounts.models import User
from registry.models import Release
from tests.assessments.board import NOTE, asked, condition, ready, short_policy, signs
from tests.assessments.world import TIER_4, attested, tiered
from tests.factories import People, make_release, make_system

type ClientFor = Callable[[User], Client]


@pytest.fixture
def decision(people: People, release: Release) -> Decision:
    ready(release, people)
    review = asked(release, people)
    signs(people.board, review, "go_with_conditions", conditions=[condition(people.owner)])
    signed = signs(people.board2, review).decision
    assert signed is not None
    return signed


def test_an_auditor_finds_who_approved_on_which_evidence_under_which_policy(
    people: People, decision: Decision, client_for: ClientFor
) -> None:
    client = client_for(people.auditor)
    log = client.get(reverse("decision_list")).content.decode()
    page_url = reverse("decision_detail", args=[decision.pk])
    assert page_url in log
    page = client.get(page_url).content.decode()
    for name in (people.board.name, people.board2.name, people.analyst.name):
        assert name in page
    assert "Data note" in page
    assert "policy 2" in page
    assert decision.gate.digest[:12] in page
    memo = decision.documents.get(kind="memo")
    assert reverse("document_detail", args=[memo.pk]) in page
    pack = decision.documents.get(kind="pack")
    assert reverse("document_detail", args=[pack.pk]) in page


def test_what_did_not_apply_stands_folded_beneath_the_gate_that_they_saw(
    people: People, release: Release, client_for: ClientFor
) -> None:
    short_policy(NOTE, "safety.harm_rate")  # asked of systems that generate; this one predicts
    tiered(release, people.analyst, TIER_4)
    attested(release, NOTE, people.analyst)
    signed = signs(people.board, asked(release, people)).decision
    assert signed is not None
    statuses = {item["key"]: item["status"] for item in signed.gate.record["requirements"]}
    assert statuses == {NOTE: "met", "safety.harm_rate": "not_applicable"}
    page = client_for(people.auditor).get(reverse("decision_detail", args=[signed.pk]))
    text = page.content.decode()
    folded = text.index("1 requirement of the tier did not apply")
    assert text.index("Data note") < folded < text.index("Rate of harmful answers")


def test_a_stranger_finds_none_of_it(
    people: People, decision: Decision, client_for: ClientFor
) -> None:
    client = client_for(people.stranger)
    condition_row = decision.conditions.get()
    release = decision.release
    for url in (
        reverse("decision_detail", args=[decision.pk]),
        reverse("review_detail", args=[decision.review_id]),
        reverse("review_withdraw", args=[decision.review_id]),
        reverse("review_new", args=[release.pk]),
        reverse("condition_meet", args=[condition_row.pk]),
        reverse("system_decisions", args=[release.system_id]),
    ):
        assert client.get(url).status_code == 404, url
        if "decisions" not in url:
            assert client.post(url, {}).status_code == 404, url
    for url in (reverse("decision_list"), reverse("review_list")):
        assert release.system.name not in client.get(url).content.decode()


def test_an_auditor_changes_nothing(
    people: People, decision: Decision, client_for: ClientFor
) -> None:
    client = client_for(people.auditor)
    met = reverse("condition_meet", args=[decision.conditions.get().pk])
    assert client.post(met, {"note": "Run 1."}).status_code == 403
    again = reverse("review_new", args=[decision.release_id])
    data = {"recommendation": "go", "rationale": "Yes."}
    assert client.post(again, data).status_code == 403
    withdrawn = reverse("review_withdraw", args=[decision.review_id])
    assert client.post(withdrawn, {"reason": "No."}).status_code == 403
    assert decision.conditions.get().met_at is None


def test_a_condition_is_confirmed_by_somebody_else_on_its_page(
    people: People, decision: Decision, client_for: ClientFor
) -> None:
    row = decision.conditions.get()
    url = reverse("condition_meet", args=[row.pk])
    assert client_for(people.owner).get(url).status_code == 403
    assert client_for(people.analyst).get(url).status_code == 403
    client = client_for(people.reviewer)
    assert url in client.get(reverse("decision_detail", args=[decision.pk])).content.decode()
    assert client.post(url, {"note": "Dataset 12, 41 more rows."}).status_code == 302
    page = client.get(reverse("decision_detail", args=[decision.pk])).content.decode()
    assert "Met: Dataset 12, 41 more rows." in page


def test_the_log_filters_by_kind_portfolio_and_words(
    people: People, decision: Decision, client_for: ClientFor
) -> None:
    client, url = client_for(people.board), reverse("decision_list")
    link = reverse("decision_detail", args=[decision.pk])
    shown = {
        "kind=go_with_conditions": True,
        "kind=no_go": False,
        f"portfolio={people.portfolio.pk}": True,
        f"portfolio={people.other_portfolio.pk}": False,
        f"q={decision.release.system.name}": True,
        f"system={decision.release.system_id}": True,
        "system=999999": False,
        "q=nothing-like-it": False,
    }
    for query, expected in shown.items():
        assert (link in client.get(f"{url}?{query}").content.decode()) is expected, query


def test_a_systems_tab_shows_what_was_decided_and_what_waits(
    people: People, decision: Decision, client_for: ClientFor
) -> None:
    system = decision.release.system
    later = make_release(system, "9.9", by=people.analyst)
    tiered(later, people.analyst, TIER_4)
    review = asked(later, people, "no_go")
    page = client_for(people.owner).get(reverse("system_decisions", args=[system.pk]))
    text = page.content.decode()
    assert reverse("decision_detail", args=[decision.pk]) in text
    assert reverse("review_detail", args=[review.pk]) in text


def _decided(people: People, number: int) -> None:
    for _ in range(number):
        system = make_system(
            portfolio=people.portfolio, owner=people.owner, created_by=people.analyst
        )
        release = make_release(system, by=people.analyst)
        tiered(release, people.analyst, TIER_4)
        signs(people.board, asked(release, people, "no_go"), "no_go")


@pytest.mark.parametrize("name", ["decision_list", "review_list"])
def test_lists_take_as_many_queries_for_many_rows_as_for_few(
    people: People, client_for: ClientFor, name: str
) -> None:
    short_policy()
    client = client_for(people.auditor)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(name)).status_code == 200
        return len(captured)

    _decided(people, 2)
    few = count()
    _decided(people, 4)
    assert count() == few
