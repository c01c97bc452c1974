"""The plan page: what is proposed, adjusted with a reason, locked, replaced with a reason."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.methods import catalogue
from evaluations.models import Check, EvaluationPlan, SizeCount
from evaluations.services.plans import propose_plan
from rai_portal.accounts.models import User
from registry.models import Release
from tests.evaluations.services.cases import check, decisions, three_checks
from tests.factories import People

type Work = Callable[[], AbstractContextManager[object]]
type ClientFor = Callable[[User], Client]


@pytest.fixture
def client(people: People, client_for: ClientFor) -> Client:
    return client_for(people.analyst)


@pytest.fixture
def draft(people: People, release: Release) -> EvaluationPlan:
    return propose_plan(
        actor=people.analyst, release=release, planned=three_checks(decisions(people, release)),
        policy_digest="0" * 64,
    )  # fmt: skip


def _page(client: Client, release: Release) -> str:
    return client.get(reverse("plan_detail", args=[release.pk])).content.decode()


def test_without_a_plan_the_page_teaches_and_leads_to_the_proposal(
    client: Client, release: Release
) -> None:
    page = _page(client, release)
    assert "No plan yet" in page
    assert reverse("plan_propose", args=[release.pk]) in page


def test_limits_stand_in_words_beside_the_requirement_they_serve(
    client: Client, draft: EvaluationPlan
) -> None:
    page = _page(client, draft.release)
    assert "At most 0.10" in page
    assert "At least 0.80" in page
    assert "Estimable for every group" in page
    assert "minimum group size 30" in page
    first = draft.checks.order_by("position")[0]
    assert reverse("requirement_detail", args=[draft.release_id, first.requirement]) in page


def test_a_limit_moves_only_with_a_reason(client: Client, draft: EvaluationPlan) -> None:
    row = draft.checks.order_by("position")[0]
    url = reverse("plan_adjust", args=[row.pk])
    begin = client.get(url).context["form"]
    data = {name: begin[name].value() for name in begin.fields if begin[name].value() is not None}
    bare = client.post(url, {**data, "threshold": "0.05", "reason": ""})
    assert 'id="id_reason_error"' in bare.content.decode()
    row.refresh_from_db()
    assert row.threshold == Decimal("0.10")
    client.post(url, {**data, "threshold": "0.05", "reason": "The regulator asks for 0.05."})
    row.refresh_from_db()
    assert row.threshold == Decimal("0.05")
    assert "The regulator asks for 0.05." in _page(client, draft.release)


def test_a_check_taken_out_stays_visible_and_comes_back(
    client: Client, draft: EvaluationPlan
) -> None:
    row = draft.checks.order_by("position")[2]
    client.post(reverse("plan_remove", args=[row.pk]), {"reason": "No labels are known."})
    page = _page(client, draft.release)
    assert "Taken out" in page
    assert "No labels are known." in page
    client.post(reverse("plan_restore", args=[row.pk]), {"reason": "Labels came in."})
    row.refresh_from_db()
    assert row.removed is False


def test_what_keeps_a_plan_from_being_locked_is_said_and_it_stays_a_draft(
    people: People, release: Release, client: Client
) -> None:
    plan = propose_plan(
        actor=people.analyst, release=release, planned=[check(None)], policy_digest="0" * 64
    )
    page = _page(client, release)
    assert "It has no dataset." in page
    assert client.post(reverse("plan_lock", args=[release.pk])).status_code == 422
    plan.refresh_from_db()
    assert not plan.locked


def test_a_locked_plan_is_replaced_with_a_reason_and_a_moved_limit_shows(
    client: Client, draft: EvaluationPlan
) -> None:
    release = draft.release
    client.post(reverse("plan_lock", args=[release.pk]))
    draft.refresh_from_db()
    assert draft.locked
    assert "is locked" in _page(client, release)
    fixed = draft.checks.order_by("position")[0]
    refused = client.post(reverse("plan_remove", args=[fixed.pk]), {"reason": "It fails."})
    assert "is locked" in refused.content.decode()
    client.post(reverse("plan_replace", args=[release.pk]), {"reason": "New data came in."})
    newest = release.evaluation_plans.first()
    assert newest is not None
    assert (newest.number, newest.locked) == (2, False)
    row = newest.checks.order_by("position")[0]
    Check.objects.filter(pk=row.pk).update(threshold=Decimal("0.20"))
    page = _page(client, release)
    assert "New data came in." in page
    assert "Limit moved in plan 2" in page


def test_the_runs_step_starts_what_the_plan_asks_once(
    client: Client, draft: EvaluationPlan
) -> None:
    release = draft.release
    before = client.get(reverse("release_runs", args=[release.pk])).content.decode()
    assert "The plan is a draft" in before
    client.post(reverse("plan_lock", args=[release.pk]))
    client.post(reverse("run_start", args=[release.pk]))
    assert release.runs.count() == 1
    twice = client.post(reverse("run_start", args=[release.pk]))
    assert twice.status_code == 409
    assert "under way" in twice.content.decode()
    page = client.get(reverse("release_runs", args=[release.pk])).content.decode()
    assert "3 of 3 checks are under way" in page
    assert f'hx-get="{reverse("release_runs", args=[release.pk])}" hx-trigger="every 2s"' in page


def test_each_method_has_a_page_with_its_metrics_and_limits(client: Client) -> None:
    listed = client.get(reverse("method_list")).content.decode()
    for spec in catalogue.all_methods():
        url = reverse("method_detail", args=[spec.key])
        assert url in listed
        page = client.get(url).content.decode()
        assert all(metric.title.replace("'", "&#x27;") in page for metric in spec.metrics)
    assert client.get(reverse("method_detail", args=["fairness.nothing"])).status_code == 404


def test_a_draft_warns_above_the_lock_of_checks_that_could_hardly_pass(
    people: People, release: Release, client: Client, run_work: Work
) -> None:
    with run_work():
        propose_plan(
            actor=people.analyst, release=release, policy_digest="0" * 64,
            planned=three_checks(decisions(people, release)),
        )  # fmt: skip
    page = _page(client, release)
    assert "would hardly pass on this data, even if all were well" in page
    assert page.index("This data can hardly show parity") < page.index("Lock the plan")
    assert "Chance to pass at parity:" in page
    assert "With a rate of 0.69, as counted. Left out: C (4 rows; 30 are needed)." in page
    assert "Count the groups" not in page
    client.post(reverse("plan_lock", args=[release.pk]))
    assert "Chance to pass at parity:" in _page(client, release)


def test_what_is_not_counted_is_said_to_be_unknown_and_can_be_asked_for(
    draft: EvaluationPlan, client: Client, run_work: Work
) -> None:
    url = reverse("plan_detail", args=[draft.release_id])
    page = _page(client, draft.release)
    assert "Group sizes are being counted." in page
    assert f'hx-get="{url}" hx-trigger="every 2s"' in page
    SizeCount.objects.all().delete()
    page = _page(client, draft.release)
    assert "Group sizes are not known" in page
    assert "every 2s" not in page
    assert "Count the groups" in page
    with run_work():
        client.post(reverse("plan_sizes", args=[draft.release_id]))
    assert "Chance to pass at parity:" in _page(client, draft.release)


def test_a_plan_locked_without_counts_says_so(client: Client, draft: EvaluationPlan) -> None:
    client.post(reverse("plan_lock", args=[draft.release_id]))
    assert "Not known when the plan was locked." in _page(client, draft.release)
