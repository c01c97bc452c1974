"""No system is left out of the first page: not tiered ones are counted, live ones are named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from assessments.services.home_systems import live_unapproved, tier_bars
from rai_portal.accounts.models import User
from registry.choices import LifecycleStage
from registry.models import Release
from tests.assessments.services.test_gates import decide, ready_tier_4
from tests.assessments.world import TIER_1, tiered
from tests.factories import People, make_release, make_system

type ClientFor = Callable[[User], Client]


def test_bars_add_up_to_the_systems_and_a_draft_release_takes_no_tier_away(
    people: People, release: Release
) -> None:
    tiered(release, people.analyst, TIER_1)
    make_release(release.system, "2.0", by=people.analyst)  # newer, and without an intake
    for _ in range(2):
        make_system(portfolio=people.portfolio, owner=people.owner, created_by=people.analyst)
    bars, systems = tier_bars(people.analyst)
    assert [(bar["label"], bar["n"]) for bar in bars] == [
        ("Tier 1", 1), ("Tier 2", 0), ("Tier 3", 0), ("Tier 4", 0), ("Not tiered", 2),
    ]  # fmt: skip
    assert systems == 3
    assert bars[-1]["percent"] == 100
    assert tier_bars(people.stranger) == (bars_of_none(), 0)


def bars_of_none() -> tuple[dict[str, object], ...]:
    url = reverse("system_list")
    return tuple(
        {"label": f"Tier {tier}", "n": 0, "percent": 0.0, "url": f"{url}?tier={tier}"}
        for tier in range(1, 5)
    )


@pytest.mark.parametrize("kind", ["go", "no_go"])
def test_a_live_system_is_named_until_a_release_of_it_was_approved(
    people: People, release: Release, client_for: ClientFor, kind: str
) -> None:
    system = release.system
    ready_tier_4(people, release)
    assert live_unapproved(people.analyst) == ()
    system.stage = LifecycleStage.LIVE
    system.save()
    assert live_unapproved(people.analyst) == (system,)
    assert live_unapproved(people.stranger) == ()
    page = client_for(people.analyst).get(reverse("home")).text
    assert "Live without an approval" in page
    decide(people, release, kind)
    assert live_unapproved(people.analyst) == (() if kind == "go" else (system,))


def test_an_approval_prompts_for_the_stage_until_the_system_is_live(
    people: People, release: Release, client_for: ClientFor
) -> None:
    ready_tier_4(people, release)
    page = reverse("decision_detail", args=[decide(people, release).pk])
    client = client_for(people.owner)
    assert "stage is still “proposed”" in client.get(page).text
    release.system.stage = LifecycleStage.LIVE
    release.system.save()
    assert "stage is still" not in client.get(page).text
