from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Decision, ExceptionGrant, Review, Vote
from assessments.services.exceptions import Plea
from assessments.services.gates import compute_gate, release_gate
from assessments.services.reviews import SignedAlready, choices_for, vote
from rai_portal.accounts.models import User
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.guards import GUARDS as HAND_GUARDS
from registry.models import Contribution, Release
from registry.services.contributions import note_contribution
from tests.assessments.board import NOTE, asked, ballot, condition, ready, short_policy, signs
from tests.assessments.world import TIER_1, TIER_4, attested, tiered
from tests.factories import People
from tests.unguarded import unguarded


@pytest.fixture
def review(people: People, release: Release) -> Review:
    ready(release, people)
    return asked(release, people)


def test_tier_1_needs_two_people_of_two_functions(people: People, review: Review) -> None:
    first = signs(people.board, review)
    assert first.decision is None
    assert first.sentence == "1 of 2 approvals are there."
    second = signs(people.board2, review)
    assert second.decision is not None
    assert second.decision.kind == "go"
    assert second.decision.scope_digest == review.scope_digest
    assert compute_gate(review.release).outcome == "approved"
    review.refresh_from_db()
    assert review.state == "decided"


def test_two_people_of_one_function_do_not_settle_tier_1(people: People, review: Review) -> None:
    people.board2.function = people.board.function
    people.board2.save()
    signs(people.board, review)
    second = signs(people.board2, review)
    assert second.decision is None
    assert "1 of the 2 functions" in second.sentence


def test_one_refusal_settles_a_no_go(people: People, review: Review) -> None:
    signed = signs(people.board, review, "no_go", reason="The gap is too wide.")
    assert signed.decision is not None
    assert signed.decision.kind == "no_go"
    assert "The gap is too wide." in signed.decision.reason
    assert compute_gate(review.release).outcome == "refused"


def test_tier_4_is_settled_by_one_person_and_a_specialist_may_be_that_person(
    people: People, release: Release
) -> None:
    ready(release, people, TIER_4)
    signed = signs(people.reviewer, asked(release, people))
    assert signed.decision is not None
    assert compute_gate(release).outcome == "approved"


def test_the_approval_ends_when_the_policy_says(people: People, review: Review) -> None:
    signs(people.board, review)
    decision = signs(people.board2, review).decision
    assert decision is not None
    # Policy 1, Tier 1: valid_days 180.
    assert decision.expires_on == decision.decided_at.date() + dt.timedelta(days=180)


def test_a_no_go_has_no_end_on_any_page(
    people: People, review: Review, client_for: Callable[[User], Client]
) -> None:
    decision = signs(people.board, review, "no_go").decision
    assert decision is not None
    assert decision.expires_on is None
    home = client_for(people.board).get(reverse("home")).content.decode()
    row = home[home.index(reverse("decision_detail", args=[decision.pk])) :]
    assert "The scope changes" in row[: row.index("</tr>")]


def test_the_database_takes_no_approval_without_an_end(people: People, review: Review) -> None:
    signs(people.board, review)
    with pytest.raises(IntegrityError, match="decision_approval_ends"), transaction.atomic():
        Decision.objects.create(
            review=review,
            release=review.release,
            kind="go",
            reason="For ever.",
            scope_digest=review.scope_digest,
            gate=review.gate,
            policy=review.gate.policy,
            decided_at=timezone.now(),
        )


@pytest.mark.parametrize(
    "role", ["analyst", "owner", "reviewer", "auditor", "administrator", "stranger", "pipeline"]
)
@pytest.mark.parametrize("kind", ["go", "no_go"])
def test_without_a_deciding_role_nobody_signs_for_tier_1(
    people: People, review: Review, role: str, kind: str
) -> None:
    with pytest.raises(NotAllowed):
        signs(getattr(people, role), review, kind)
    assert not Vote.objects.exists()


def test_a_superuser_without_a_role_signs_nothing(people: People, review: Review) -> None:
    people.administrator.is_superuser = True
    people.administrator.save()
    with pytest.raises(NotAllowed):
        signs(people.administrator, review)


def test_a_contributor_signs_nothing_not_even_a_no_go(people: People, review: Review) -> None:
    note_contribution(release=review.release, user=people.board, act="risk.rated")
    for kind in ("go", "go_with_conditions", "no_go"):
        with pytest.raises(NotAllowed, match="had a hand"):
            signs(people.board, review, kind)


def _insert_vote(
    review: Review, voter: User, kind: str = "go", *, function: str | None = None
) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO assessments_vote (review_id, voter_id, kind, reason, conditions, roles, "
            "function, scope_digest, gate_digest, signed_at) VALUES (%s, %s, %s, 'Because.', '[]', "
            "'[\"board\"]', %s, 'a', 'b', %s)",
            [review.pk, voter.pk, kind, function or voter.function, timezone.now()],
        )


@pytest.mark.parametrize("kind", ["go", "no_go"])
def test_the_database_refuses_a_contributors_vote(
    people: People, review: Review, kind: str
) -> None:
    note_contribution(release=review.release, user=people.board, act="risk.rated")
    with pytest.raises(IntegrityError, match="had a hand"):
        _insert_vote(review, people.board, kind)
    _insert_vote(review, people.board2, kind)


@pytest.mark.parametrize("role", ["analyst", "owner", "reviewer", "administrator", "stranger"])
def test_the_database_refuses_votes_without_a_deciding_role(
    people: People, review: Review, role: str
) -> None:
    with unguarded(*HAND_GUARDS):
        Contribution.objects.all().delete()
    with pytest.raises(IntegrityError, match="deciding role"):
        _insert_vote(review, getattr(people, role))


def test_the_database_refuses_a_board_member_of_another_portfolio(
    people: People, review: Review
) -> None:
    people.board.memberships.all().delete()
    people.board.memberships.create(portfolio=people.other_portfolio, role="board")
    with pytest.raises(IntegrityError, match="deciding role"):
        _insert_vote(review, people.board)


def test_the_database_refuses_a_decision_without_a_signature(
    people: People, review: Review
) -> None:
    with pytest.raises(IntegrityError, match="rests on signatures"), transaction.atomic():
        Decision.objects.create(
            review=review,
            release=review.release,
            kind="go",
            reason="By nobody.",
            scope_digest=review.scope_digest,
            gate=review.gate,
            policy=review.gate.policy,
            decided_at=timezone.now(),
            expires_on=timezone.now().date(),
        )


def test_votes_and_decisions_never_change(people: People, review: Review) -> None:
    signs(people.board, review, "no_go")
    for table in ("assessments_vote", "assessments_decision"):
        for statement in (f"UPDATE {table} SET reason = 'x'", f"DELETE FROM {table}"):
            with (
                pytest.raises(IntegrityError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


def test_a_person_signs_once(people: People, review: Review) -> None:
    signs(people.board, review)
    with pytest.raises(SignedAlready):
        signs(people.board, review, "no_go")
    assert Vote.objects.get().kind == "go"
    assert Entry.objects.filter(action="vote.signed").count() == 1


def test_a_gate_that_changed_since_the_page_was_opened_refuses_the_signature(
    people: People, review: Review
) -> None:
    read = ballot(review)
    note = attested(review.release, NOTE, people.owner)
    assert note.pk
    with pytest.raises(Conflict, match="The gate has changed since you opened this page"):
        vote(actor=people.board, review=review, ballot=read)
    assert not Vote.objects.exists()


def test_a_changed_scope_refuses_every_signature_and_makes_the_decision_stale(
    people: People, review: Review
) -> None:
    signs(people.board, review)
    signs(people.board2, review)
    release = review.release
    assert compute_gate(release).outcome == "approved"
    release.settings = {"cut_off": 0.9}
    release.save()
    assert compute_gate(release).outcome == "stale"


def test_a_changed_scope_stops_a_review_that_is_open(people: People, review: Review) -> None:
    review.release.settings = {"cut_off": 0.9}
    review.release.save()
    with pytest.raises(Conflict, match="scope of the release has changed"):
        signs(people.board, review, "no_go")


def test_go_is_closed_while_the_gate_is_not_ready_and_no_go_is_open(
    people: People, release: Release
) -> None:
    short_policy()
    tiered(release, people.analyst, TIER_1)
    review = asked(release, people, "no_go")
    found = release_gate(release)
    go, _, no_go = choices_for(review, found, people.board)
    assert (go.open, no_go.open) == (False, True)
    with pytest.raises(Refused) as refusal:
        signs(people.board, review, "go")
    assert refusal.value.field == "kind"
    assert signs(people.board, review, "no_go").decision is not None


def test_an_earlier_approval_does_not_count_once_a_status_has_worsened(
    people: People, release: Release
) -> None:
    short_policy(NOTE, "risks.appetite")
    tiered(release, people.analyst, TIER_1)
    note = attested(release, NOTE, people.analyst)
    from tests.factories import make_risk

    risk = make_risk(
        release.system, by=people.analyst, current_likelihood=1, current_severity=1,
        rated_by=people.analyst, rated_at=timezone.now(), rating_rationale="Rare and small.",
    )  # fmt: skip
    review = asked(release, people)
    assert note.pk and signs(people.board, review).decision is None
    risk.current_likelihood, risk.current_severity = 5, 5
    risk.save()
    signed = signs(people.executive, review, "no_go")
    assert signed.decision is not None and signed.decision.kind == "no_go"


def test_conditions_are_imposed_with_owner_and_day_each_once(
    people: People, review: Review
) -> None:
    same = condition(people.owner)
    signs(people.board, review, "go_with_conditions", conditions=[same])
    signed = signs(
        people.board2, review, "go_with_conditions",
        conditions=[same, condition(people.owner, "Read 25 reasons.")],
    )  # fmt: skip
    assert signed.decision is not None
    assert [item.text for item in signed.decision.conditions.all()] == [
        "Collect 40 more applications.",
        "Read 25 reasons.",
    ]
    assert compute_gate(review.release).outcome == "approved_with_conditions"


def test_one_conditional_vote_makes_the_decision_conditional(
    people: People, review: Review
) -> None:
    signs(people.board, review, "go")
    signed = signs(
        people.board2, review, "go_with_conditions", conditions=[condition(people.owner)]
    )
    assert signed.decision is not None
    assert signed.decision.kind == "go_with_conditions"


def test_go_with_conditions_needs_a_condition(people: People, review: Review) -> None:
    with pytest.raises(Refused) as refusal:
        signs(people.board, review, "go_with_conditions")
    assert refusal.value.field == "conditions"


def _plea(days: int = 30) -> Plea:
    return Plea(
        reason="The note is being written.",
        compensation="The owner answers questions meanwhile.",
        expires_on=timezone.now().date() + dt.timedelta(days=days),
    )


def test_an_exception_is_granted_in_the_same_act_and_the_decision_rests_on_the_gate_with_it(
    people: People, release: Release
) -> None:
    short_policy()
    tiered(release, people.analyst, {**TIER_1, "areas": ["internal_work"]})
    review = asked(release, people, "go_with_conditions")
    found = release_gate(release)
    _, conditional, _ = choices_for(review, found, people.executive)
    assert conditional.exceptions == (NOTE,)
    signed = signs(
        people.executive, review, "go_with_conditions",
        conditions=[condition(people.owner)], exceptions=[(NOTE, _plea())],
    )  # fmt: skip
    grant = ExceptionGrant.objects.get()
    assert (grant.granted_by, grant.requested_by) == (people.executive, people.analyst)
    assert signed.decision is not None
    statuses = {item["key"]: item["status"] for item in signed.decision.gate.record["requirements"]}
    assert statuses == {NOTE: "accepted"}
    assert compute_gate(release).outcome == "approved_with_conditions"


def test_an_exception_without_words_keeps_nothing(people: People, release: Release) -> None:
    short_policy()
    tiered(release, people.analyst, {**TIER_1, "areas": ["internal_work"]})
    review = asked(release, people, "go_with_conditions")
    with pytest.raises(Refused) as refusal, transaction.atomic():
        signs(people.executive, review, "go_with_conditions", conditions=[condition(people.owner)])
    assert refusal.value.field == "exceptions"
    assert not ExceptionGrant.objects.exists() and not Vote.objects.exists()


def test_what_the_first_granted_falls_when_the_board_ends_with_a_no_go(
    people: People, release: Release
) -> None:
    short_policy()
    tiered(release, people.analyst, TIER_1)
    review = asked(release, people, "go_with_conditions")
    first = signs(
        people.executive, review, "go_with_conditions",
        conditions=[condition(people.owner)], exceptions=[(NOTE, _plea())],
    )  # fmt: skip
    assert first.decision is None
    grant = ExceptionGrant.objects.get()
    assert (grant.requested_by, grant.worded_by) == (people.analyst, people.executive)
    assert "executive" in grant.roles
    assert dict(compute_gate(release).statuses)[NOTE] == "accepted"
    assert signs(people.board, review, "no_go").decision is not None
    assert dict(compute_gate(release).statuses)[NOTE] == "missing"
    page = "it was granted ended with a no-go"
    assert page in ExceptionGrant.objects.select_related("review__decision").get().fell


def test_a_grant_stands_when_its_granter_leaves_the_role(people: People, release: Release) -> None:
    short_policy()
    tiered(release, people.analyst, {**TIER_1, "areas": ["internal_work"]})
    signs(
        people.executive, asked(release, people, "go_with_conditions"), "go_with_conditions",
        conditions=[condition(people.owner)], exceptions=[(NOTE, _plea())],
    )  # fmt: skip
    people.executive.memberships.all().delete()
    assert dict(compute_gate(release).statuses)[NOTE] == "accepted"
