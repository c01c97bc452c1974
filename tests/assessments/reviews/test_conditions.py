from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from assessments.models import DecisionCondition, PolicyVersion, Review
from assessments.services.gates import compute_gate
from assessments.services.reviews import condition_meet
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.models import Release
from registry.services.contributions import note_contribution
from tests.assessments.board import asked, condition, ready, signs
from tests.factories import People


@pytest.fixture
def due(people: People, release: Release) -> DecisionCondition:
    ready(release, people)
    review = asked(release, people)
    signs(people.board, review)
    decision = signs(
        people.board2, review, "go_with_conditions", conditions=[condition(people.owner)]
    ).decision
    assert decision is not None
    return decision.conditions.get()


def test_an_unmet_condition_blocks_the_gate_after_its_day(
    due: DecisionCondition, release: Release
) -> None:
    assert compute_gate(release).outcome == "approved_with_conditions"
    after = timezone.now() + dt.timedelta(days=32)
    assert compute_gate(release, now=after).outcome == "blocked"


def test_a_condition_that_another_confirmed_keeps_the_approval(
    people: People, due: DecisionCondition, release: Release
) -> None:
    condition_meet(actor=people.reviewer, condition=due, note="Dataset 12 has 41 more rows.")
    after = timezone.now() + dt.timedelta(days=32)
    assert compute_gate(release, now=after).outcome == "approved_with_conditions"
    assert Entry.objects.filter(action="condition.met").count() == 1


@pytest.mark.parametrize(
    "role", ["owner", "analyst", "auditor", "administrator", "stranger", "pipeline"]
)
def test_its_owner_and_who_does_not_judge_confirm_nothing(
    people: People, due: DecisionCondition, role: str
) -> None:
    with pytest.raises(NotAllowed):
        condition_meet(actor=getattr(people, role), condition=due, note="Done.")


def test_a_confirmation_names_what_shows_it_and_happens_once(
    people: People, due: DecisionCondition
) -> None:
    with pytest.raises(Refused):
        condition_meet(actor=people.reviewer, condition=due, note=" ")
    condition_meet(actor=people.reviewer, condition=due, note="Run 118.")
    with pytest.raises(Conflict):
        condition_meet(actor=people.board, condition=due, note="Run 118.")


def test_who_had_a_hand_in_the_release_confirms_nothing_by_page_or_database(
    people: People, due: DecisionCondition, release: Release
) -> None:
    note_contribution(release=release, user=people.reviewer, act="run.started")
    with pytest.raises(NotAllowed, match="no hand in the release"):
        condition_meet(actor=people.reviewer, condition=due, note="Run 118.")
    met = {"met_by": people.reviewer, "met_at": timezone.now(), "evidence_note": "Run 118."}
    with (
        pytest.raises(DatabaseError, match="confirms none of its conditions"),
        transaction.atomic(),
    ):
        DecisionCondition.objects.filter(pk=due.pk).update(**met)
    DecisionCondition.objects.filter(pk=due.pk).update(**met | {"met_by": people.board})


@pytest.mark.parametrize(
    "changes", [{"text": "Nothing."}, {"due_date": dt.date(2099, 1, 1)}, {"owner_id": 1}]
)
def test_the_database_keeps_a_condition_as_it_was_imposed(
    due: DecisionCondition, changes: dict[str, object]
) -> None:
    with pytest.raises(DatabaseError, match="stays as it was imposed"), transaction.atomic():
        DecisionCondition.objects.filter(pk=due.pk).update(**changes)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        due.delete()


def test_a_confirmed_condition_is_not_taken_back(people: People, due: DecisionCondition) -> None:
    condition_meet(actor=people.reviewer, condition=due, note="Run 118.")
    with pytest.raises(DatabaseError, match="stays as it was imposed"), transaction.atomic():
        DecisionCondition.objects.filter(pk=due.pk).update(met_at=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"recommendation": "no_go"}, {"rationale": "Other."}, {"scope_digest": "0" * 64},
        {"recommended_by_id": 1}, {"session_date": dt.date(2099, 1, 1)}, {"state": "open"},
    ],
)  # fmt: skip
def test_the_database_keeps_a_review_as_it_was_asked(
    due: DecisionCondition, changes: dict[str, object]
) -> None:
    reviews = Review.objects.filter(pk=due.decision.review_id)
    with pytest.raises(DatabaseError, match="as it was put before the board"), transaction.atomic():
        reviews.update(**changes)


def test_the_database_keeps_an_open_review_as_it_was_asked(
    people: People, release: Release
) -> None:
    ready(release, people)
    review = asked(release, people)
    with pytest.raises(DatabaseError, match="as it was put before the board"), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(rationale="Other.")
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        review.delete()


def test_the_database_keeps_a_published_policy(due: DecisionCondition) -> None:
    policies = PolicyVersion.objects.filter(pk=due.decision.policy_id)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        policies.update(text="looser")
