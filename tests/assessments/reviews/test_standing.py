"""What an approval rests on is counted anew each time that the gate is read."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.models import Decision, Review, Vote
from assessments.services.gates import compute_gate, release_gate, snapshot_gate
from assessments.services.intakes import submit_intake
from rai_portal.accounts.models import Membership, User
from rai_portal.errors import Conflict
from registry.guards import GUARDS as HAND_GUARDS
from registry.models import Contribution, Release
from registry.services.contributions import note_contribution
from tests.assessments.board import asked, condition, ready, signs
from tests.assessments.world import TIER_1, TIER_4
from tests.factories import People
from tests.unguarded import unguarded


@pytest.fixture
def review(people: People, release: Release) -> Review:
    ready(release, people)
    return asked(release, people)


def _outcome(release: Release) -> tuple[str, str]:
    gate = compute_gate(Release.objects.get(pk=release.pk))
    return gate.outcome, gate.reason


def test_an_approval_of_one_person_in_tier_4_does_not_hold_in_tier_1(
    people: People, release: Release
) -> None:
    ready(release, people, TIER_4)
    decision = signs(people.reviewer, asked(release, people)).decision
    assert decision is not None
    assert _outcome(release)[0] == "approved"
    submit_intake(actor=people.analyst, release=release, answers=TIER_1)
    assert _outcome(release) == (
        "stale",
        f"The tier has changed since Decision {decision.pk}, which was taken in Tier 4.",
    )
    submit_intake(actor=people.analyst, release=release, answers=TIER_4)
    assert _outcome(release)[0] == "approved"


def test_a_signature_given_in_another_tier_does_not_count_towards_the_quorum(
    people: People, review: Review
) -> None:
    signs(people.board, review)
    submit_intake(actor=people.analyst, release=review.release, answers=TIER_4)
    signed = signs(people.board2, review)
    # Tier 4 asks for one approval: the second person's own. The first was given in Tier 1.
    assert signed.decision is not None
    assert signed.decision.reason.startswith("Approved by one person.")


def _mixed(people: People, review: Review) -> Decision:
    signs(people.board, review, "go")
    decision = signs(
        people.board2, review, "go_with_conditions", conditions=[condition(people.owner)]
    ).decision
    assert decision is not None and decision.kind == "go_with_conditions"
    return decision


@pytest.mark.parametrize("role", ["board", "board2"])
def test_in_a_mixed_decision_the_hand_of_either_signer_is_noticed(
    people: People, review: Review, role: str
) -> None:
    decision = _mixed(people, review)
    assert _outcome(review.release)[0] == "approved_with_conditions"
    note_contribution(release=review.release, user=getattr(people, role), act="risk.rated")
    # Committed by another transaction just before the decision.
    with unguarded(*HAND_GUARDS):
        Contribution.objects.filter(act="risk.rated").update(at=decision.decided_at)
    outcome, reason = _outcome(review.release)
    assert outcome == "blocked"
    assert "somebody who had a hand" in reason


def test_what_a_signer_does_before_the_decision_takes_the_signature_away(
    people: People, review: Review
) -> None:
    signs(people.board, review)
    note_contribution(release=review.release, user=people.board, act="risk.rated")
    second = signs(people.board2, review)
    assert (second.decision, second.sentence) == (None, "1 of 2 approvals are there.")


def test_what_a_signer_does_after_the_decision_is_shown_and_voids_nothing(
    people: People, review: Review
) -> None:
    _mixed(people, review)
    note_contribution(release=review.release, user=people.board, act="risk.rated")
    found = release_gate(review.release)
    assert found.gate.outcome == "approved_with_conditions"
    assert people.board.pk in found.contributors


def test_a_role_or_function_lost_after_signing_voids_nothing_and_one_gained_helps_nothing(
    people: People, review: Review
) -> None:
    people.board2.function = people.board.function
    people.board2.save()
    signs(people.board, review)
    assert signs(people.board2, review).decision is None
    people.board2.function = "Another function"
    people.board2.save()
    third = signs(people.executive, review)
    assert third.decision is not None  # people.board and people.executive: two functions
    Membership.objects.filter(user__in=[people.board, people.executive]).delete()
    User.objects.filter(pk=people.executive.pk).update(is_active=False, function="")
    assert _outcome(review.release)[0] == "approved"


def test_a_role_taken_away_while_the_review_is_open_leaves_the_signature(
    people: People, review: Review
) -> None:
    signs(people.board, review)
    Membership.objects.filter(user=people.board).delete()
    assert signs(people.board2, review).decision is not None


def _forged(review: Review, kind: str = "go", **columns: object) -> Decision:
    gate = snapshot_gate(review.release)
    facts: dict[str, object] = {
        "scope_digest": gate.scope_digest,
        "gate": gate,
        "policy": gate.policy,
        "decided_at": timezone.now(),
        "expires_on": timezone.now().date() + dt.timedelta(days=90),
        **columns,
    }
    return Decision.objects.create(
        review=review, release=review.release, kind=kind, reason="Forged.", **facts
    )


def test_a_decision_written_with_one_of_two_signatures_does_not_approve(
    people: People, review: Review
) -> None:
    signs(people.board, review)
    decision = _forged(review)
    assert _outcome(review.release) == (
        "blocked",
        f"Decision {decision.pk} does not rest on the signatures that it needs.",
    )


def test_a_decision_dated_before_a_signature_does_not_rest_on_it(
    people: People, review: Review
) -> None:
    signs(people.board, review)
    between = timezone.now()
    people.board2.function = people.board.function
    people.board2.save()
    signs(people.board2, review)
    User.objects.filter(pk=people.board2.pk).update(function="Elsewhere")
    _forged(review, decided_at=between)
    assert _outcome(review.release)[0] == "blocked"


def test_a_go_written_over_a_conditional_signature_does_not_approve(
    people: People, review: Review
) -> None:
    people.board2.function = people.board.function
    people.board2.save()
    signs(people.board, review, "go")
    signs(people.board2, review, "go_with_conditions", conditions=[condition(people.owner)])
    with transaction.atomic():
        Vote.objects.create(
            review=review, voter=people.executive, kind="go", reason="Forged.",
            roles=["executive"], function=people.executive.function,
            scope_digest=review.scope_digest, gate_digest="0" * 64, signed_at=timezone.now(),
        )  # fmt: skip
    # The signature names a gate that was never kept, and the kinds make a conditional decision.
    _forged(review, "go")
    assert _outcome(review.release)[0] == "blocked"


def test_the_database_refuses_a_signature_for_another_function(
    people: People, review: Review
) -> None:
    with pytest.raises(IntegrityError, match="bears the function"), transaction.atomic():
        Vote.objects.create(
            review=review, voter=people.board, kind="go", reason="As another.",
            roles=["board"], function="Another", scope_digest="a", gate_digest="b",
            signed_at=timezone.now(),
        )  # fmt: skip
    assert not Vote.objects.exists()


def test_an_unsettled_refusal_blocks_and_a_new_review_can_decide(
    people: People, release: Release
) -> None:
    ready(release, people, TIER_4)
    review = asked(release, people, "no_go")
    with pytest.raises(IntegrityError, match="rests on signatures"), transaction.atomic():
        _forged(review, "no_go")
    assert signs(people.board, review, "no_go").decision is not None
    assert _outcome(release)[0] == "refused"
    again = asked(release, people)
    assert signs(people.board, again).decision is not None
    assert _outcome(release)[0] == "approved"
    with pytest.raises(Conflict):
        signs(people.board2, again)
