from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.models import Decision, Review, Vote
from assessments.services.gates import snapshot_gate
from rai_portal.accounts.models import User
from registry.models import Release
from tests.assessments.board import short_policy
from tests.assessments.world import TIER_4, tiered
from tests.factories import People, make_release, make_system

MOST = 30


def _before_the_board(people: People, number: int) -> list[Review]:
    """Open reviews, each with one signature, of systems of their own."""
    reviews = []
    for _ in range(number):
        system = make_system(
            portfolio=people.portfolio, owner=people.owner, created_by=people.analyst
        )
        release = make_release(system, by=people.analyst)
        reviews.append(_review(release, people))
    return reviews


def _review(release: Release, people: People) -> Review:
    gate = snapshot_gate(release)
    review = Review.objects.create(
        release=release, recommendation="no_go", rationale="Nothing is filed.", gate=gate,
        scope_digest=gate.scope_digest, recommended_by=people.analyst,
        recommended_at=timezone.now(),
    )  # fmt: skip
    Vote.objects.create(
        review=review, voter=people.board, kind="no_go", reason="Nothing is filed.",
        scope_digest=gate.scope_digest, gate_digest=gate.digest, signed_at=timezone.now(),
        roles=["board"], function=people.board.function,
    )  # fmt: skip
    return review


def _decide(reviews: list[Review]) -> None:
    for review in reviews:
        Decision.objects.create(
            review=review, release=review.release, kind="no_go", reason="Nothing is filed.",
            scope_digest=review.scope_digest, gate=review.gate, policy=review.gate.policy,
            decided_at=timezone.now(), expires_on=timezone.now().date(),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "role"),
    [("review_list", "board"), ("review_list", "auditor"), ("decision_list", "board")],
)
def test_a_full_page_takes_as_many_queries_as_one_of_three_rows(
    people: People, client_for: Callable[[User], Client], name: str, role: str
) -> None:
    short_policy()
    client = client_for(getattr(people, role))

    def shown() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse(name))
        return len(captured), len(page.context["page"].object_list)

    def more(number: int) -> None:
        reviews = _before_the_board(people, number)
        if name == "decision_list":
            _decide(reviews)

    more(3)
    few, rows = shown()
    assert rows == 3
    more(25)
    many, rows = shown()
    assert rows == 25
    assert few == many <= MOST


def test_a_rationale_that_the_portal_drafted_is_marked_so(
    people: People, release: Release, client_for: Callable[[User], Client]
) -> None:
    short_policy()
    tiered(release, people.analyst, TIER_4)
    page = client_for(people.analyst).get(reverse("review_new", args=[release.pk]))
    text = page.content.decode()
    assert "1 of 1 requirements is open." in text
    assert "drafted by the portal from the gate" in text
