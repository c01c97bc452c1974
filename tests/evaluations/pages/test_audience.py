"""Each page as one who changes, as one who reads, and as a stranger."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.models import Finding, QuickAudit, Run
from rai_portal.accounts.models import User
from rai_portal.ledger.models import Entry
from tests.evaluations.pages.conftest import Stage
from tests.factories import People

type ClientFor = Callable[[User], Client]

READ = (
    ("plan_detail", "release"), ("release_runs", "release"), ("run_detail", "run"),
    ("run_progress", "run"), ("run_json", "run"),
    ("finding_detail", "finding"),
)  # fmt: skip
CHANGE = (
    ("run_explore", "release"), ("run_finding", "run"), ("run_link_risk", "run"),
    ("run_verify", "run"), ("finding_edit", "finding"), ("finding_close", "finding"),
    ("audit_attach", "audit"),
)  # fmt: skip
POST = (
    ("run_start", "release"), ("run_repeat", "run"), ("run_cancel", "run"),
    ("narrative_confirm", "run"), ("finding_risks", "finding"), ("plan_lock", "release"),
    ("plan_replace", "release"), ("plan_add", "release"), ("plan_adjust", "check"),
    ("plan_remove", "check"), ("plan_restore", "check"), ("finding_reopen", "finding"),
    *CHANGE,
)  # fmt: skip
LISTS = ("run_list", "finding_list", "method_list", "audit_new")


def _url(name: str, kind: str, stage: Stage) -> str:
    return reverse(name, args=[getattr(stage, kind).pk])


def test_those_who_may_change_open_every_page(
    people: People, stage: Stage, client_for: ClientFor
) -> None:
    for user in (people.analyst, people.owner):
        client = client_for(user)
        for name, kind in (*READ, *CHANGE):
            answer = client.get(_url(name, kind, stage))
            assert answer.status_code == 200, (name, answer.status_code)
        for name in LISTS:
            assert client.get(reverse(name)).status_code == 200, name


def test_readers_open_what_is_to_be_read_and_no_form(
    people: People, stage: Stage, client_for: ClientFor
) -> None:
    client = client_for(people.auditor)
    for name, kind in READ:
        assert client.get(_url(name, kind, stage)).status_code == 200, name
    for name in LISTS:
        assert client.get(reverse(name)).status_code == 200, name
    for name, kind in CHANGE:
        assert client.get(_url(name, kind, stage)).status_code == 403, name
    unmade = client.get(_url("run_report", "run", stage))
    assert unmade["Location"] == _url("run_detail", "run", stage)
    page = client.get(_url("run_detail", "run", stage)).content.decode()
    assert "Make a finding" not in page
    assert reverse("run_repeat", args=[stage.run.pk]) not in page


@pytest.mark.parametrize("role", ["auditor", "board", "executive", "reviewer", "administrator"])
def test_readers_change_nothing(
    people: People, stage: Stage, client_for: ClientFor, role: str
) -> None:
    client = client_for(getattr(people, role))
    before = (Run.objects.count(), Finding.objects.count(), Entry.objects.count())
    for name, kind in POST:
        if (role, name) == ("reviewer", "finding_close"):
            continue  # A reviewer closes what others found.
        answer = client.post(_url(name, kind, stage), {"reason": "Because", "note": "Seen"})
        assert answer.status_code == 403, (name, answer.status_code)
    assert client.post(reverse("audit_new")).status_code == 403
    assert (Run.objects.count(), Finding.objects.count(), Entry.objects.count()) == before


def test_for_a_stranger_no_object_exists(
    people: People, stage: Stage, client_for: ClientFor
) -> None:
    client = client_for(people.stranger)
    for name, kind in (*READ, *CHANGE):
        assert client.get(_url(name, kind, stage)).status_code == 404, name
    for name, kind in POST:
        assert client.post(_url(name, kind, stage)).status_code == 404, name
    for name, arguments in (
        ("run_compare", [stage.run.pk, stage.run.pk]),
        ("audit_detail", [stage.audit.pk]),
        ("audit_columns", [stage.audit.dataset_id]),
        ("report_progress", [stage.run.pk]),
        ("run_report", [stage.run.pk]),
    ):
        assert client.get(reverse(name, args=arguments)).status_code == 404, name
    for name in ("run_list", "finding_list", "audit_new"):
        page = client.get(reverse(name)).content.decode()
        assert stage.run.title not in page
        assert stage.finding.title not in page
        assert reverse("audit_detail", args=[stage.audit.pk]) not in page


def test_nobody_reads_without_signing_in(stage: Stage) -> None:
    for name, kind in READ:
        answer = Client().get(_url(name, kind, stage))
        assert answer.status_code == 302, name
        assert "/accounts/login/" in answer["Location"]


def test_an_audit_without_columns_leads_to_naming_them_and_a_read_one_is_its_run(
    people: People, stage: Stage, client_for: ClientFor
) -> None:
    client = client_for(people.analyst)
    open_audit = client.get(reverse("audit_detail", args=[stage.audit.pk]))
    assert open_audit["Location"] == reverse("audit_columns", args=[stage.audit.dataset_id])
    QuickAudit.objects.filter(pk=stage.audit.pk).update(run=stage.run)
    read = client.get(reverse("audit_detail", args=[stage.audit.pk]))
    assert read["Location"] == reverse("run_detail", args=[stage.run.pk])
