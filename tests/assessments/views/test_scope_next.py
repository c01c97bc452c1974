"""What the scope page says comes next: the gate's next step once the tier is known."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from assessments.services.gates import release_gate
from evaluations.models import Run
from rai_portal.accounts.models import User
from registry.models import Release, ReleaseDataset
from tests.assessments.services.test_gates import decide, ready_tier_4
from tests.assessments.world import TIER_1, judged, planned, tiered
from tests.factories import People, attach, make_dataset

type ClientFor = Callable[[User], Client]


def said(client: Client, release: Release) -> str:
    page = client.get(reverse("release_detail", args=[release.pk])).text
    return page[page.index('id="next"') : page.index('id="data-title"')]


def test_an_approved_release_without_data_is_not_asked_for_data(
    people: People, release: Release, client_for: ClientFor
) -> None:
    ready_tier_4(people, release)
    decide(people, release)
    assert release_gate(release).gate.outcome == "approved"
    page = client_for(people.analyst).get(reverse("release_detail", args=[release.pk])).text
    part = page[page.index('id="next"') : page.index('id="data-title"')]
    assert "Approved by Decision" in part
    assert "Upload" not in part
    assert "intake" not in part
    assert "Attach the data to evaluate on" not in page


def test_a_tiered_release_without_data_is_asked_for_data_and_one_with_data_for_its_plan(
    people: People, release: Release, client_for: ClientFor
) -> None:
    tiered(release, people.analyst, TIER_1)
    client = client_for(people.analyst)
    assert "Upload the rows to evaluate on" in said(client, release)
    attach(release, make_dataset(portfolio=people.portfolio, by=people.analyst))
    part = said(client, release)
    assert "intake" not in part
    assert "Plan the check" in part
    assert reverse("plan_propose", args=[release.pk]) in part


def test_before_the_intake_the_scope_page_asks_for_data_then_for_the_intake(
    people: People, release: Release, client_for: ClientFor
) -> None:
    client = client_for(people.analyst)
    assert "Upload the rows" in said(client, release)
    attach(release, make_dataset(portfolio=people.portfolio, by=people.analyst))
    assert reverse("intake_form", args=[release.pk]) in said(client, release)


def test_when_the_data_of_the_plan_left_the_scope_every_page_leads_to_a_new_plan(
    people: People, release: Release, client_for: ClientFor
) -> None:
    old = make_dataset(portfolio=people.portfolio, by=people.analyst, name="hire")
    attach(release, old)
    tiered(release, people.analyst, TIER_1)
    judged(planned(release, old, people.analyst), people.analyst, "pass")
    assert Run.objects.count() == 1
    ReleaseDataset.objects.all().delete()
    anew = b"race,approved,predicted\nA,1,1\nB,0,1\n"
    attach(
        release,
        make_dataset(portfolio=people.portfolio, by=people.analyst, name="hire 2", content=anew),
    )

    client = client_for(people.analyst)
    replace = reverse("plan_replace", args=[release.pk])
    gate = client.get(reverse("gate", args=[release.pk])).text
    assert "The plan names hire, which is no part of the release any more." in gate
    for name in ("gate", "release_detail", "plan_detail", "release_runs"):
        assert f'href="{replace}"' in client.get(reverse(name, args=[release.pk])).text, name
    runs = client.get(reverse("release_runs", args=[release.pk])).text
    assert "Start the runs" not in runs
    assert client.get(replace).status_code == 200
