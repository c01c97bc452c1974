"""Which of the seven steps of a release waits for somebody."""

from __future__ import annotations

import pytest

from assessments.services.gates import release_gate
from assessments.services.heads import steps_of
from rai_portal.web.shapes import face
from registry.models import Release
from tests.assessments.world import TIER_4, tiered
from tests.factories import People

pytestmark = pytest.mark.django_db


def test_a_plan_that_nobody_needs_is_neither_ticked_off_nor_next(
    people: People, release: Release
) -> None:
    tiered(release, people.analyst, TIER_4)
    steps = {step.key: step for step in steps_of(release_gate(release))}
    assert (steps["plan"].state, steps["runs"].state) == ("not_needed", "not_needed")
    assert steps["plan"].word == "Not needed"
    assert steps["scope"].state == steps["tier"].state == "done"
    assert [step.key for step in steps.values() if step.state == "next"] == ["risks"]


def test_before_its_tier_is_known_a_release_is_asked_for_data_first(release: Release) -> None:
    steps = {step.key: step.state for step in steps_of(release_gate(release))}
    assert (steps["scope"], steps["tier"], steps["plan"]) == ("next", "waiting", "waiting")


def test_every_state_of_a_step_has_its_word_and_shape() -> None:
    states = ("done", "next", "running", "attention", "stale", "blocked", "waiting", "not_needed")
    words = [face("step", state).word for state in states]
    assert len(set(words)) == len(states)
