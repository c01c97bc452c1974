"""Signatures that the database itself refuses: by whom, on what, and of which moment."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from assessments.models import Review, SignOff, Vote
from assessments.services.reviews import withdraw
from rai_portal.accounts.choices import Role
from rai_portal.accounts.models import User
from registry.models import Release
from tests.assessments.board import asked, ready
from tests.factories import People, make_user


@pytest.fixture
def review(people: People, release: Release) -> Review:
    ready(release, people)
    return asked(release, people, "no_go")


def insert_vote(review: Review, voter: User, at: dt.datetime | None = None) -> Vote:
    with transaction.atomic():
        return Vote.objects.create(
            review=review, voter=voter, kind="no_go", reason="Because.", roles=["board"],
            function=voter.function, scope_digest="a", gate_digest="b",
            signed_at=at or timezone.now(),
        )  # fmt: skip


@pytest.mark.parametrize("minutes", [-60 * 24 * 400, -11, 11, 60 * 24])
def test_a_signature_of_another_time_is_refused(
    people: People, review: Review, minutes: int
) -> None:
    at = timezone.now() + dt.timedelta(minutes=minutes)
    with pytest.raises(IntegrityError, match="time at which it is given"):
        insert_vote(review, people.board, at)
    assert not Vote.objects.exists()


@pytest.mark.parametrize("minutes", [-9, 9])
def test_clocks_may_differ_a_little(people: People, review: Review, minutes: int) -> None:
    at = timezone.now() + dt.timedelta(minutes=minutes)
    assert insert_vote(review, people.board, at).signed_at == at


@pytest.mark.parametrize("text", ["soon", "", "now and then", "2460000.5", "2026-11-22"])
def test_what_is_no_time_is_refused(people: People, review: Review, text: str) -> None:
    statement = (
        "INSERT INTO assessments_vote (review_id, voter_id, kind, reason, conditions, "
        "scope_digest, gate_digest, roles, function, signed_at) "
        "VALUES (%s, %s, 'no_go', 'x', '[]', 'a', 'b', '[]', %s, %s)"
    )
    values = [review.pk, people.board.pk, people.board.function, text]
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_review_that_is_not_open_takes_no_signature(people: People, review: Review) -> None:
    withdraw(actor=people.analyst, review=review, reason="The data will change.")
    with pytest.raises(IntegrityError, match="only open reviews"):
        insert_vote(review, people.board)


def test_no_second_review_takes_the_place_of_the_open_one(people: People, review: Review) -> None:
    columns = (
        "release_id, state, recommendation, rationale, proposed_conditions, session_date, "
        "scope_digest, gate_id, recommended_by_id, recommended_at"
    )
    copied = columns.replace("rationale", "'Another'")
    before = list(Review.objects.values_list("pk", "rationale"))
    for verb in ("INSERT", "INSERT OR REPLACE"):
        # PostgreSQL knows no OR REPLACE and refuses that for its grammar.
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"{verb} INTO assessments_review ({columns}) "
                f"SELECT {copied} FROM assessments_review"
            )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE assessments_review SET id = id + 1000")
    assert list(Review.objects.values_list("pk", "rationale")) == before


def test_only_reviewers_of_the_portfolio_sign_off(people: People, release: Release) -> None:
    elsewhere = make_user(Role.REVIEWER, people.other_portfolio)
    told = {
        "release": release, "requirement": "sign_offs.legal", "outcome": "signed", "note": "Read.",
        "scope_digest": release.scope_digest(), "signed_at": timezone.now(),
    }  # fmt: skip
    for person in (people.board, people.executive, people.auditor, elsewhere):
        with (
            pytest.raises(IntegrityError, match="only specialist reviewers"),
            transaction.atomic(),
        ):
            SignOff.objects.create(signed_by=person, **told)
    assert SignOff.objects.create(signed_by=people.reviewer, **told).pk
