"""Lower ratings wait for a second person; nobody brings a risk within appetite alone."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.models import RiskRating
from registry.rating_rule import Act, reason_to_confirm, standing
from registry.risk_scale import DEFAULT
from registry.services.ratings import answer_rating, rate_risk
from registry.services.risks import Rating, close_risk, facts_of, update_risk
from tests.factories import make_risk

CELLS = st.tuples(st.integers(1, 5), st.integers(1, 5))
GRADE = DEFAULT.graded


# Likelihood x severity on the default matrix: critical from 16, high from 10, medium from 5.
@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ((4, 4), (3, 4), ""),  # 16 critical to 12 high
        ((4, 4), (1, 1), "it brings the risk within appetite"),
        ((3, 4), (2, 4), "it brings the risk within appetite"),  # 12 high to 8 medium, one level
        ((4, 5), (5, 4), "the severity falls"),  # both 20
        ((2, 4), (1, 4), ""),  # 8 medium to 4 low, within all along
        ((3, 3), (3, 2), "the severity falls"),
        ((1, 1), (5, 5), ""),
    ],
)
def test_falls_that_matter_need_a_second_person(before, after, why):
    assert reason_to_confirm(standing(before, (), GRADE), after, GRADE) == why


def test_two_levels_in_small_steps_are_measured_from_where_they_began():
    # Appetite is high here, so that no step crosses it: 20 critical, 15 high, 5 medium.
    grade = replace(DEFAULT, appetite="critical").graded
    after = standing((4, 5), [Act(cell=(3, 5))], grade)
    assert (after.cell, after.highest) == ((3, 5), (4, 5))
    assert reason_to_confirm(after, (1, 5), grade) == "it falls by 2 levels"
    confirmed = standing((4, 5), [Act(cell=(3, 5), confirmed=True)], grade)
    assert reason_to_confirm(confirmed, (1, 5), grade) == ""


@given(inherent=CELLS, ratings=st.lists(CELLS, max_size=8))
def test_no_ratings_of_one_person_bring_a_risk_within_appetite(inherent, ratings):
    acts = [Act(cell=cell) for cell in ratings]
    reached = [standing(inherent, acts[:n], GRADE) for n in range(len(acts) + 1)]
    over = [GRADE(item.cell).over for item in reached]
    assert not any(earlier and not later for earlier, later in pairwise(over))
    severities = [item.cell[1] for item in reached]
    assert severities == sorted(severities)
    first = GRADE(inherent)
    assert all(first.rank - GRADE(item.cell).rank <= 1 for item in reached)


@given(inherent=CELLS, ratings=st.lists(CELLS, max_size=5), cell=CELLS)
def test_a_confirmed_rating_and_a_rise_always_count(inherent, ratings, cell):
    acts = [Act(cell=item) for item in ratings]
    assert standing(inherent, [*acts, Act(cell=cell, confirmed=True)], GRADE).cell == cell
    assert standing(inherent, [*acts, Act(cell=(5, 5))], GRADE).cell == (5, 5)


def proposed(people, system, by=None, likelihood=1, severity=1):
    risk = make_risk(system, by=people.analyst)
    return rate_risk(
        actor=by or people.analyst, risk=risk, rationale="Looks fine.",
        rating=Rating(likelihood=likelihood, severity=severity),
    )  # fmt: skip


def test_a_far_fall_waits_and_what_counted_still_counts(people, system):
    rating = proposed(people, system)
    risk = rating.risk
    risk.refresh_from_db()
    assert (rating.waits, risk.current_score, risk.score_now) == (True, None, 20)
    entry = Entry.objects.about(risk).get()
    assert (entry.action, entry.payload.reason) == ("risk.rating_proposed", "Looks fine.")


@pytest.mark.parametrize(
    "role", ["analyst", "board", "executive", "auditor", "administrator", "pipeline", "stranger"]
)
def test_only_a_reviewer_or_owner_without_a_hand_answers(people, system, role):
    with pytest.raises(NotAllowed, match="second person"):
        answer_rating(
            actor=getattr(people, role), rating=proposed(people, system), confirm=True, note="Yes."
        )


def test_nobody_confirms_their_own_rating(people, system):
    rating = proposed(people, system, by=people.owner)
    with pytest.raises(NotAllowed, match="second person"):
        answer_rating(actor=people.owner, rating=rating, confirm=True, note="Mine is right.")
    with pytest.raises(IntegrityError), transaction.atomic():
        RiskRating.objects.filter(pk=rating.pk).update(
            answer="confirmed", answered_by=people.owner, answer_note="x"
        )


def test_a_confirmed_rating_counts_under_both_names(people, system):
    rating = proposed(people, system)
    with pytest.raises(Refused, match="Say what you looked at"):
        answer_rating(actor=people.owner, rating=rating, confirm=True, note=" ")
    done = answer_rating(actor=people.owner, rating=rating, confirm=True, note="Read the files.")
    assert (done.risk.current_score, done.risk.rated_by) == (1, people.analyst)
    entry = Entry.objects.about(done.risk).order_by("-pk")[0]
    assert (entry.action, entry.payload.reason) == ("risk.rating_confirmed", "Read the files.")
    with pytest.raises(Conflict, match="no longer waits"):
        answer_rating(actor=people.reviewer, rating=rating, confirm=False, note="No.")


def test_a_declined_rating_never_counts(people, system):
    rating = proposed(people, system)
    done = answer_rating(actor=people.reviewer, rating=rating, confirm=False, note="No evidence.")
    assert (done.answer, done.risk.current_score, done.risk.score_now) == ("declined", None, 20)


def test_a_later_rating_takes_the_place_of_one_that_waits(people, system):
    first = proposed(people, system)
    rate_risk(
        actor=people.owner, risk=first.risk, rating=Rating(likelihood=3, severity=5),
        rationale="One level.",
    )  # fmt: skip
    first.refresh_from_db()
    assert first.answer == "replaced"
    with pytest.raises(Conflict):
        answer_rating(actor=people.reviewer, rating=first, confirm=True, note="Yes.")


def test_other_doors_do_not_lower_a_risk_either(people, system):
    risk = make_risk(system, by=people.analyst)
    with pytest.raises(Refused, match="may not be lowered so far"):
        facts = replace(facts_of(risk), inherent=Rating(likelihood=1, severity=1))
        update_risk(actor=people.analyst, risk=risk, facts=facts)
    with pytest.raises(Refused, match="over the appetite"):
        close_risk(actor=people.analyst, risk=risk, reason="Not needed.")


def test_the_second_person_answers_on_a_page(people, system, client_for):
    rating = proposed(people, system)
    url = reverse("rating_answer", args=[rating.pk])
    risk_url = reverse("risk_detail", args=[rating.risk_id])
    own = client_for(people.analyst)
    assert own.get(url).status_code == 403
    page = own.get(risk_url).content.decode()
    assert "It does not count yet: it brings the risk within appetite" in page
    assert url not in page
    client = client_for(people.reviewer)
    assert url in client.get(risk_url).content.decode()
    text = re.sub(r"<[^>]+>|\s+", " ", client.get(url).content.decode())
    assert "Looks fine." in text
    assert "a person's word" in text
    assert client.post(url, {"answer": "confirm", "note": ""}).status_code == 200
    done = client.post(url, {"answer": "confirm", "note": "Read."})
    assert done["Location"] == risk_url
    rating.risk.refresh_from_db()
    assert rating.risk.current_score == 1
