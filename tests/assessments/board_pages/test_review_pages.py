from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from assessments.models import Decision, Review, Vote
from assessments.services.gates import release_gate
from rai_portal.accounts.models import User
from registry.models import Release
from registry.services.contributions import note_contribution
from tests.assessments.board import asked, condition, ready, short_policy, signs
from tests.assessments.world import TIER_1, tiered
from tests.factories import PASSWORD, People

type ClientFor = Callable[[User], Client]

NO_ROWS = {"conditions-TOTAL_FORMS": "0", "conditions-INITIAL_FORMS": "0"}


@pytest.fixture
def review(people: People, release: Release) -> Review:
    ready(release, people)
    return asked(release, people)


def posted(review: Review, kind: str = "go", **more: str) -> dict[str, str]:
    gate = release_gate(review.release).gate
    return {
        "kind": kind,
        "reason": "I read the memo.",
        "password": PASSWORD,
        "scope_digest": gate.scope_digest,
        "gate_digest": gate.digest,
        **NO_ROWS,
        **more,
    }


def test_the_boards_screen_holds_what_decides_the_case(
    people: People, review: Review, client_for: ClientFor
) -> None:
    page = client_for(people.board).get(reverse("review_detail", args=[review.pk]))
    text = page.content.decode()
    assert "Analyst recommends go" in text
    assert "Tier 1" in text
    assert "The note is filed and nothing else is asked." in text
    assert review.scope_digest[:12] in text
    assert "Quorum 2, from 2 functions; one no-go settles it" in text
    assert "Your password, again" in text


def test_a_signature_with_the_password_is_kept_and_two_of_them_decide(
    people: People, review: Review, client_for: ClientFor
) -> None:
    url = reverse("review_detail", args=[review.pk])
    first = client_for(people.board).post(url, posted(review))
    assert (first.status_code, first["Location"]) == (302, url)
    second = client_for(people.board2).post(url, posted(review))
    decision = Decision.objects.get(review=review)
    assert second["Location"] == reverse("decision_detail", args=[decision.pk])
    again = client_for(people.board2).get(url)
    assert again["Location"] == reverse("decision_detail", args=[decision.pk])


@pytest.mark.parametrize("password", ["", "wrong password, twice"])
def test_without_the_right_password_nothing_is_signed_and_the_reason_typed_stays(
    people: People, review: Review, client_for: ClientFor, password: str
) -> None:
    url = reverse("review_detail", args=[review.pk])
    page = client_for(people.board).post(url, posted(review, password=password))
    assert page.status_code == 422
    assert "I read the memo." in page.content.decode()
    assert PASSWORD not in page.content.decode()
    assert not Vote.objects.exists()


def test_guesses_at_a_password_end_and_the_right_one_signs_nothing_then(
    people: People, review: Review, client_for: ClientFor
) -> None:
    client, url = client_for(people.board), reverse("review_detail", args=[review.pk])
    cache.clear()
    for guess in range(5):
        client.post(url, posted(review, password=f"guess {guess}"))
    page = client.post(url, posted(review))
    cache.clear()
    assert page.status_code == 422
    assert "Too many wrong passwords. Nothing was signed." in page.content.decode()
    assert not Vote.objects.exists()


def test_a_double_click_signs_once(people: People, review: Review, client_for: ClientFor) -> None:
    client, url = client_for(people.board), reverse("review_detail", args=[review.pk])
    data = posted(review)
    client.post(url, data)
    second = client.post(url, data, follow=True)
    assert second.status_code == 200
    assert "You have signed this review already" in second.content.decode()
    assert Vote.objects.count() == 1


def test_a_contributor_is_told_why_and_a_post_is_refused(
    people: People, review: Review, client_for: ClientFor
) -> None:
    note_contribution(release=review.release, user=people.board, act="risk.rated")
    client, url = client_for(people.board), reverse("review_detail", args=[review.pk])
    page = client.get(url)
    assert "You had a hand in this release" in page.content.decode()
    assert "Sign decision" not in page.content.decode()
    for kind in ("go", "no_go"):
        assert client.post(url, posted(review, kind)).status_code == 403
    assert not Vote.objects.exists()


@pytest.mark.parametrize("role", ["analyst", "owner", "reviewer", "auditor", "administrator"])
def test_who_has_no_deciding_role_reads_and_does_not_sign(
    people: People, review: Review, client_for: ClientFor, role: str
) -> None:
    client, url = client_for(getattr(people, role)), reverse("review_detail", args=[review.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, posted(review, "no_go")).status_code == 403
    assert not Vote.objects.exists()


def test_a_page_that_was_read_before_the_gate_changed_signs_nothing(
    people: People, review: Review, client_for: ClientFor
) -> None:
    stale = posted(review, gate_digest="0" * 64)
    page = client_for(people.board).post(reverse("review_detail", args=[review.pk]), stale)
    assert page.status_code == 409
    assert "The gate has changed since you opened this page" in page.content.decode()


def test_closed_choices_say_why_and_no_go_is_open(
    people: People, release: Release, client_for: ClientFor
) -> None:
    short_policy()
    tiered(release, people.analyst, TIER_1)
    review = asked(release, people, "no_go")
    client, url = client_for(people.board), reverse("review_detail", args=[review.pk])
    text = client.get(url).content.decode()
    assert "Closed: 1 of 1 requirements is open." in text
    page = client.post(url, posted(review, "go"))
    assert page.status_code == 422
    assert client.post(url, posted(review, "no_go")).status_code == 302


def test_proposed_conditions_are_offered_and_imposed_as_the_board_words_them(
    people: People, release: Release, client_for: ClientFor
) -> None:
    ready(release, people)
    named = condition(people.owner)
    review = asked(release, people, "go_with_conditions", proposed_conditions=[named])
    rows = {
        "conditions-TOTAL_FORMS": "3",
        "conditions-INITIAL_FORMS": "1",
        "conditions-0-text": "Collect 60 more applications.",
        "conditions-0-owner": str(people.owner.pk),
        "conditions-0-due_date": named.due_date.isoformat(),
    }
    url = reverse("review_detail", args=[review.pk])
    assert "Collect 40 more applications." in client_for(people.board).get(url).content.decode()
    for person in (people.board, people.board2):
        sent = client_for(person).post(url, posted(review, "go_with_conditions", **rows))
        assert sent.status_code == 302
    texts = [item.text for item in Decision.objects.get().conditions.all()]
    assert texts == ["Collect 60 more applications."]


def test_a_condition_without_owner_or_day_is_asked_for_again(
    people: People, review: Review, client_for: ClientFor
) -> None:
    rows = {
        "conditions-TOTAL_FORMS": "1",
        "conditions-INITIAL_FORMS": "0",
        "conditions-0-text": "Collect more.",
    }
    url = reverse("review_detail", args=[review.pk])
    page = client_for(people.board).post(url, posted(review, "go_with_conditions", **rows))
    assert page.status_code == 422
    assert "Say who owns it." in page.content.decode()
    assert not Vote.objects.exists()


def test_an_analyst_recommends_on_the_page_and_is_led_to_the_review(
    people: People, release: Release, client_for: ClientFor
) -> None:
    ready(release, people)
    client, url = client_for(people.analyst), reverse("review_new", args=[release.pk])
    assert client.get(url).status_code == 200
    data = {"recommendation": "go", "rationale": "All that is asked is there.", **NO_ROWS}
    sent = client.post(url, data)
    review = Review.objects.get()
    assert sent["Location"] == reverse("review_detail", args=[review.pk])
    assert client.get(url)["Location"] == sent["Location"]


def test_the_agenda_shows_what_waits_and_leaves_out_what_i_signed(
    people: People, review: Review, client_for: ClientFor
) -> None:
    signs(people.board, review)
    url = reverse("review_list")
    link = reverse("review_detail", args=[review.pk])
    assert link in client_for(people.board).get(url).content.decode()
    assert link not in client_for(people.board).get(f"{url}?show=mine").content.decode()
    assert link in client_for(people.board2).get(f"{url}?show=mine").content.decode()


def test_a_recommendation_is_withdrawn_with_a_reason(
    people: People, review: Review, client_for: ClientFor
) -> None:
    url = reverse("review_withdraw", args=[review.pk])
    assert client_for(people.owner).get(url).status_code == 403
    client = client_for(people.analyst)
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "The data will change."}).status_code == 302
    review.refresh_from_db()
    assert review.state == "withdrawn"
