import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from rai_portal.accounts.choices import Role
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.models import Mitigation
from registry.queries.hands import hands_in
from registry.queries.risks import worst_mitigation
from registry.services.evidence import Upload
from registry.services.mitigations import (
    MitigationFacts,
    create_mitigation,
    reopen_mitigation,
    set_status,
    update_mitigation,
    verify_mitigation,
)
from tests.factories import make_risk, make_user

TODAY = dt.date(2026, 11, 22)


@pytest.fixture
def risk(people, system):
    return make_risk(system, by=people.analyst)


@pytest.fixture
def second(people):
    """Neither made the mitigation nor ever owned it."""
    return make_user(Role.ANALYST, people.portfolio)


def plan(people, risk, **changes):
    given = {"title": "Reweigh rows", "owner": people.owner, **changes}
    return create_mitigation(actor=people.analyst, risk=risk, facts=MitigationFacts(**given))


def test_its_author_has_a_hand_in_each_release_and_its_named_owner_has_none(people, release, risk):
    plan(people, risk)
    acts = {(item.user_id, item.act) for item in hands_in([release]).in_release[release.pk]}
    assert acts == {(people.analyst.pk, "mitigation.created")}


def test_verified_needs_evidence(people, risk, second):
    row = plan(people, risk)
    with pytest.raises(Refused, match="needs evidence") as refusal:
        verify_mitigation(actor=second, mitigation=row, note="It works.")
    assert refusal.value.field == "reference"


def test_whoever_made_owned_or_changed_a_mitigation_does_not_verify_it(people, risk, second):
    row = plan(people, risk)
    third, fourth, editor = (make_user(Role.OWNER, people.portfolio) for _ in range(3))
    set_status(actor=fourth, mitigation=row, status="done")
    for facts in (
        MitigationFacts(title="Reweigh rows", owner=third),  # Named by its owner, who gives it away
        MitigationFacts(title="Reweigh all rows", owner=people.owner),
    ):
        update_mitigation(actor=editor, mitigation=row, facts=facts)
    update_mitigation(
        actor=editor, mitigation=row, facts=MitigationFacts(title="Reweigh rows", owner=editor)
    )
    for own in (people.analyst, people.owner, third, fourth, editor):
        with pytest.raises(Refused, match="somebody else verifies"):
            verify_mitigation(actor=own, mitigation=row, note="x", reference="run 1")
    row.refresh_from_db()
    assert row.status == "done"
    assert verify_mitigation(
        actor=second, mitigation=row, note="x", reference="run 1"
    ).verified_by == second  # fmt: skip


def test_who_verified_it_once_and_who_took_that_back_may_verify_again(people, risk, second):
    row = plan(people, risk)
    checker = make_user(Role.OWNER, people.portfolio)
    verify_mitigation(actor=second, mitigation=row, note="x", reference="run 1")
    reopen_mitigation(actor=checker, mitigation=row, reason="Run 2 failed.")
    verify_mitigation(actor=second, mitigation=row, note="x", reference="run 3")
    reopen_mitigation(actor=second, mitigation=row, reason="Run 4 failed.")
    row = verify_mitigation(actor=checker, mitigation=row, note="x", reference="run 5")
    assert row.verified_by == checker


def test_the_database_refuses_a_verification_by_its_own_people(people, risk, second):
    row = plan(people, risk)
    editor = make_user(Role.OWNER, people.portfolio)
    set_status(actor=editor, mitigation=row, status="done")
    verified = {"status": "verified", "verified_at": timezone.now(), "evidence_reference": "run 1"}
    of_row = Mitigation.objects.filter(pk=row.pk)
    for own in (people.analyst, people.owner, editor):
        for changes in ({}, {"owner": second}):
            with pytest.raises(IntegrityError, match="second person"), transaction.atomic():
                of_row.update(verified_by=own, **verified, **changes)
    with pytest.raises(IntegrityError, match="second person"), transaction.atomic():
        Mitigation.objects.create(
            risk=risk, title="x", owner=people.owner, created_by=people.analyst,
            verified_by=people.analyst, **verified,
        )  # fmt: skip
    assert of_row.update(verified_by=second, **verified) == 1


def test_a_file_or_a_reference_verifies(people, release, risk, second):
    row = verify_mitigation(
        actor=second, mitigation=plan(people, risk), note="Gap shrank.", reference="run 118"
    )
    assert (row.status, row.verified_by) == ("verified", second)
    acts = {(item.user_id, item.act) for item in hands_in([release]).in_release[release.pk]}
    assert (second.pk, "mitigation.verified") in acts
    filed = verify_mitigation(
        actor=second, mitigation=plan(people, risk, title="Train anew"), note="x",
        evidence=Upload(chunks=[b"plain"], name="note.txt"),
    )  # fmt: skip
    assert filed.evidence.original_name == "note.txt"


def test_verified_is_not_a_status_that_is_set_by_hand(people, risk):
    with pytest.raises(Refused, match="needs evidence"):
        set_status(actor=people.analyst, mitigation=plan(people, risk), status="verified")


def test_a_verified_mitigation_changes_only_after_it_is_reopened(people, risk, second):
    row = plan(people, risk)
    verify_mitigation(actor=second, mitigation=row, note="x", reference="run 1")
    with pytest.raises(Refused, match="is verified"):
        set_status(actor=people.analyst, mitigation=row, status="planned")
    with pytest.raises(Refused, match="is verified"):
        update_mitigation(
            actor=people.analyst, mitigation=row,
            facts=MitigationFacts(title="Other", owner=people.owner),
        )  # fmt: skip
    opened = reopen_mitigation(actor=people.analyst, mitigation=row, reason="Run 2 failed.")
    assert (opened.status, opened.verified_by, opened.evidence_reference) == (
        "in_progress", None, "",
    )  # fmt: skip
    entry = Entry.objects.about(row).latest("sequence")
    assert entry.payload.before["evidence_reference"] == "run 1"


def test_dropping_needs_a_reason(people, risk, second):
    row = plan(people, risk)
    with pytest.raises(Refused, match="Say why"):
        set_status(actor=people.analyst, mitigation=row, status="dropped")
    dropped = set_status(
        actor=people.analyst, mitigation=row, status="dropped", reason="No effect."
    )
    assert dropped.status == "dropped"
    with pytest.raises(Refused, match="dropped mitigation"):
        verify_mitigation(actor=second, mitigation=row, note="x", reference="y")


def test_a_closed_risk_takes_no_mitigation(people, risk):
    risk.state, risk.closed_reason = "closed", "Gone."
    risk.save()
    with pytest.raises(Refused, match="is closed"):
        plan(people, risk)


@pytest.mark.parametrize("role", ["reviewer", "board", "executive", "auditor", "stranger"])
def test_others_plan_and_verify_nothing(people, risk, role):
    actor = getattr(people, role)
    row = plan(people, risk)
    with pytest.raises(NotAllowed):
        verify_mitigation(actor=actor, mitigation=row, note="x", reference="y")
    with pytest.raises(NotAllowed):
        create_mitigation(
            actor=actor, risk=risk, facts=MitigationFacts(title="x", owner=people.owner)
        )
    assert Mitigation.objects.count() == 1


def test_overdue_wins_over_how_far_it_is_and_verified_is_never_overdue(people, risk, second):
    yesterday = TODAY - dt.timedelta(days=1)
    late = plan(people, risk, due_date=yesterday)
    plan(people, risk, due_date=TODAY)
    assert worst_mitigation(risk, today=TODAY).code == "overdue"
    assert list(Mitigation.objects.overdue(today=TODAY)) == [late]
    verify_mitigation(actor=second, mitigation=late, note="x", reference="run 1")
    assert worst_mitigation(risk, today=TODAY).code == "not_started"
    assert not Mitigation.objects.overdue(today=TODAY).exists()
