"""A model card says of which moment it speaks, and what became of the release."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from assessments.documents.facts import DecisionFacts
from assessments.documents.model_card import build_model_card
from assessments.documents.reading import read_dossier
from assessments.documents.wording import OUTCOME_WORDS
from registry.models import Release
from tests.assessments.documents.rows import measured
from tests.factories import People

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 24, 17, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2027, 3, 1, 9, 30, tzinfo=dt.UTC)


def test_before_a_decision_the_card_says_when_its_gate_was_computed(
    people: People, release: Release
) -> None:
    measured(release, people)
    card = build_model_card(read_dossier(release, at=AT))
    assert card.gate_label == "Gate"
    assert card.as_of == (
        "Nobody has decided on this scope. On 2026-11-24 17:00 UTC the release was blocked."
    )


@pytest.mark.parametrize(
    ("decided", "outcomes", "said"),
    [
        (("no_go", None), ("blocked", "refused"),
         "the release was blocked. They decided no-go. When the card was written, on 2027-03-01 "
         "09:30 UTC, the release was refused."),
        (("go", dt.date(2027, 2, 1)), ("ready", "expired"),
         "the release was ready for a decision. They decided go, until 2027-02-01. When the card "
         "was written, on 2027-03-01 09:30 UTC, the release was no longer approved, since the "
         "approval had ended."),
    ],
)  # fmt: skip
def test_after_a_decision_it_says_what_the_deciders_saw_and_what_became_of_it(
    people: People,
    release: Release,
    decided: tuple[str, dt.date | None],
    outcomes: tuple[str, str],
    said: str,
) -> None:
    (kind, until), (seen, now) = decided, outcomes
    measured(release, people)
    dossier = read_dossier(release, at=LATER)
    decision = DecisionFacts(
        id=1, kind=kind, reason="So.", at=AT, expires_on=until, conditions=()
    )  # fmt: skip
    card = build_model_card(
        replace(
            dossier,
            decision=decision,
            gate=replace(dossier.gate, outcome=seen),
            outcome_now=now,
        )
    )
    assert card.gate_label == "Gate when it was decided"
    assert card.as_of == f"This card tells what the deciders saw on 2026-11-24 17:00 UTC: {said}"


def test_every_outcome_of_a_gate_has_its_words() -> None:
    assert set(OUTCOME_WORDS) == {
        "blocked", "ready", "approved", "approved_with_conditions", "refused", "stale", "expired",
    }  # fmt: skip
