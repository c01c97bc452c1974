from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from assessments.models import Review
from assessments.services.reviews import recommend, withdraw
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.models import Contribution, Release
from tests.assessments.board import NOTE, asked, condition, ready, signs
from tests.assessments.world import TIER_1, attested, tiered
from tests.factories import People


def test_a_recommendation_keeps_scope_and_gate_and_makes_its_author_a_contributor(
    people: People, release: Release
) -> None:
    ready(release, people)
    review = asked(release, people, proposed_conditions=[condition(people.owner)])
    assert review.scope_digest == release.scope_digest()
    assert review.gate.digest and review.gate.scope_digest == review.scope_digest
    assert review.proposed_conditions[0]["owner"] == people.owner.pk
    assert Contribution.objects.filter(
        release=release, user=people.analyst, act="review.recommended"
    ).exists()
    assert Entry.objects.filter(action="review.recommended", subject_id=review.pk).count() == 1


@pytest.mark.parametrize(
    "role", ["owner", "reviewer", "board", "executive", "auditor", "administrator", "stranger"]
)
def test_nobody_but_an_analyst_of_the_portfolio_recommends(
    people: People, release: Release, role: str
) -> None:
    tiered(release, people.analyst, TIER_1)
    with pytest.raises(NotAllowed):
        recommend(
            actor=getattr(people, role), release=release, recommendation="go", rationale="Yes."
        )
    assert not Review.objects.exists()


def test_without_a_tier_nothing_goes_to_the_board(people: People, release: Release) -> None:
    with pytest.raises(Refused, match="tier is not known"):
        asked(release, people)


def test_one_review_is_open_at_a_time(people: People, release: Release) -> None:
    ready(release, people)
    asked(release, people)
    with pytest.raises(Conflict, match="waits for the board already"):
        asked(release, people, "no_go")


def test_a_changed_scope_is_recommended_anew_and_the_older_review_is_withdrawn(
    people: People, release: Release
) -> None:
    ready(release, people)
    first = asked(release, people)
    release.settings = {"cut_off": 0.9}
    release.save()
    second = asked(release, people)
    first.refresh_from_db()
    assert (first.state, second.state) == ("withdrawn", "open")
    assert Entry.objects.filter(action="review.withdrawn", subject_id=first.pk).exists()


def test_a_changed_gate_is_recommended_anew_and_signatures_so_far_decide_nothing(
    people: People, release: Release
) -> None:
    ready(release, people)
    first = asked(release, people)
    signs(people.board, first)
    attested(release, NOTE, people.owner)
    second = asked(release, people)
    first.refresh_from_db()
    assert (first.state, second.state) == ("withdrawn", "open")
    assert signs(people.board2, second).decision is None
    settled = signs(people.board, second).decision
    assert settled is not None and settled.review == second


def test_a_withdrawn_review_takes_no_signature(people: People, release: Release) -> None:
    ready(release, people)
    review = asked(release, people)
    withdraw(actor=people.analyst, review=review, reason="The data will change.")
    with pytest.raises(Conflict, match="withdrawn meanwhile"):
        signs(people.board, review)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"rationale": "  "}, "rationale"),
        ({"recommendation": "maybe"}, "recommendation"),
        ({"session_date": dt.date(2001, 1, 1)}, "session_date"),
    ],
)
def test_a_recommendation_that_cannot_be_read_is_refused_beside_its_field(
    people: People, release: Release, more: dict[str, object], field: str
) -> None:
    ready(release, people)
    facts: dict[str, object] = {"recommendation": "go", "rationale": "Yes.", **more}
    with pytest.raises(Refused) as refusal:
        recommend(actor=people.analyst, release=release, **facts)
    assert refusal.value.field == field


def test_a_condition_needs_a_member_and_a_day_to_come(people: People, release: Release) -> None:
    ready(release, people)
    stranger = condition(people.stranger)
    with pytest.raises(Refused, match="no member"):
        asked(release, people, proposed_conditions=[stranger])
    today = timezone.now().date()
    late = type(stranger)(text="Do it.", owner=people.owner, due_date=today)
    with pytest.raises(Refused, match="day to come"):
        asked(release, people, proposed_conditions=[late])
