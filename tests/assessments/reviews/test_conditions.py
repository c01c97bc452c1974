from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from assessments.models import DecisionCondition
from assessments.services.gates import compute_gate
from assessments.services.reviews import condition_meet
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.models import Release
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
    condition_meet(actor=people.analyst, condition=due, note="Dataset 12 has 41 more rows.")
    after = timezone.now() + dt.timedelta(days=32)
    assert compute_gate(release, now=after).outcome == "approved_with_conditions"
    assert Entry.objects.filter(action="condition.met").count() == 1


@pytest.mark.parametrize("role", ["owner", "auditor", "administrator", "stranger", "pipeline"])
def test_its_owner_and_who_only_reads_confirm_nothing(
    people: People, due: DecisionCondition, role: str
) -> None:
    with pytest.raises(NotAllowed):
        condition_meet(actor=getattr(people, role), condition=due, note="Done.")


def test_a_confirmation_names_what_shows_it_and_happens_once(
    people: People, due: DecisionCondition
) -> None:
    with pytest.raises(Refused):
        condition_meet(actor=people.analyst, condition=due, note=" ")
    condition_meet(actor=people.analyst, condition=due, note="Run 118.")
    with pytest.raises(Conflict):
        condition_meet(actor=people.board, condition=due, note="Run 118.")
