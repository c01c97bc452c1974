"""Who gives and takes which role: one administrator, two, or nobody."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from assessments.services.people import grant_role, revoke_role
from assessments.services.role_proposals import (
    confirm_role_change,
    decline_role_change,
    propose_role_change,
)
from rai_portal.accounts.choices import GIVEN_BY_TWO, JUDGES, Role
from rai_portal.accounts.models import Membership, RoleProposal, User
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.models import Entry
from tests.factories import PASSWORD, People, make_user

NEW = "correct-horse-battery-staple-9"


@pytest.fixture
def second(people: People) -> User:
    return make_user(Role.ADMINISTRATOR, None)


def proposed(people: People, user: User | None = None, **changes) -> RoleProposal:
    asked = {
        "user": user or people.owner, "change": "grant", "role": Role.REVIEWER,
        "portfolio": people.portfolio, **changes,
    }  # fmt: skip
    return propose_role_change(actor=people.administrator, **asked)


def holds(user: User, role: str) -> bool:
    return Membership.objects.filter(user=user, role=role).exists()


def last_acts(number: int) -> list[str]:
    return list(Entry.objects.order_by("-sequence").values_list("action", flat=True)[:number])


def test_an_administrator_gives_and_takes_a_role_with_entries(people: People) -> None:
    row = grant_role(
        actor=people.administrator, user=people.analyst, role=Role.OWNER, portfolio=people.portfolio
    )
    revoke_role(actor=people.administrator, membership=row)
    assert last_acts(2) == ["role.revoked", "role.granted"]
    assert not holds(people.analyst, Role.OWNER)


def test_one_administrator_neither_gives_nor_takes_a_role_that_judges(
    people: People, second: User
) -> None:
    for role in GIVEN_BY_TWO:
        with pytest.raises(NotAllowed, match="takes two people"):
            grant_role(
                actor=people.administrator, user=people.stranger, role=role,
                portfolio=None if role == Role.ADMINISTRATOR else people.portfolio,
            )  # fmt: skip
        assert not holds(people.stranger, role)
    for role in JUDGES:
        row = Membership.objects.filter(role=role).first()
        assert row is not None
        with pytest.raises(NotAllowed, match="takes two people"):
            revoke_role(actor=people.administrator, membership=row)
        assert Membership.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("role", JUDGES)
def test_two_administrators_give_and_take_a_role_that_judges(
    people: People, second: User, role: Role
) -> None:
    row = proposed(people, role=role)
    assert not holds(people.owner, role)
    with pytest.raises(NotAllowed, match="second administrator"):
        confirm_role_change(actor=people.administrator, proposal=row)
    row = confirm_role_change(actor=second, proposal=row)
    assert holds(people.owner, role)
    assert last_acts(3) == ["role_change.confirmed", "role.granted", "role_change.proposed"]
    with pytest.raises(Conflict, match="answered already"):
        confirm_role_change(actor=second, proposal=row)
    away = proposed(people, role=role, change="revoke")
    assert holds(people.owner, role)
    confirm_role_change(actor=second, proposal=away)
    assert not holds(people.owner, role)
    assert last_acts(2) == ["role_change.confirmed", "role.revoked"]


def test_a_third_administrator_is_made_by_two_and_confirms_nothing_about_themselves(
    people: People, second: User
) -> None:
    newcomer = make_user(None, None)
    row = proposed(people, newcomer, role=Role.ADMINISTRATOR, portfolio=None)
    for actor in (newcomer, people.owner, people.auditor):
        with pytest.raises(NotAllowed, match="Only an administrator"):
            confirm_role_change(actor=actor, proposal=row)
    confirm_role_change(actor=second, proposal=row)
    assert holds(newcomer, Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed, match="for themselves"):
        proposed(people, people.administrator, role=Role.REVIEWER)


def test_a_declined_proposal_changes_nothing_and_may_be_made_again(
    people: People, second: User
) -> None:
    row = proposed(people)
    with pytest.raises(Conflict, match="open already"):
        proposed(people)
    decline_role_change(actor=people.administrator, proposal=row)
    with pytest.raises(Conflict, match="answered already"):
        confirm_role_change(actor=second, proposal=row)
    assert not holds(people.owner, Role.REVIEWER)
    assert last_acts(1) == ["role_change.declined"]
    assert proposed(people).pk != row.pk


def test_a_proposal_falls_with_its_proposer_and_needs_somebody_to_confirm(
    people: People, second: User
) -> None:
    row = proposed(people)
    Membership.objects.filter(user=people.administrator).delete()
    with pytest.raises(Conflict, match="no administrator any more"):
        confirm_role_change(actor=second, proposal=row)
    with pytest.raises(Refused, match=r"manage\.py second_administrator"):
        propose_role_change(
            actor=second, user=people.owner, change="grant", role=Role.BOARD,
            portfolio=people.portfolio,
        )  # fmt: skip
    assert not holds(people.owner, Role.REVIEWER)


def test_what_one_administrator_does_alone_and_what_nobody_holds_is_not_proposed(
    people: People, second: User
) -> None:
    with pytest.raises(Refused, match="needs no proposal"):
        proposed(people, role=Role.ANALYST)
    with pytest.raises(Conflict, match="does not hold"):
        proposed(people, change="revoke", role=Role.BOARD)
    with pytest.raises(Conflict, match="already"):
        proposed(people, people.reviewer)
    with pytest.raises(Refused, match="Name the portfolio"):
        proposed(people, portfolio=None)
    assert not RoleProposal.objects.exists()


def test_who_watches_does_not_act_and_who_acts_does_not_watch(people: People, second: User) -> None:
    for watcher in (people.auditor, second):
        with pytest.raises(Refused, match="no role that acts"):
            grant_role(
                actor=people.administrator, user=watcher, role=Role.ANALYST,
                portfolio=people.portfolio,
            )  # fmt: skip
    make_user(Role.ADMINISTRATOR, None)
    with pytest.raises(Refused, match="no role that acts"):
        proposed(people, people.auditor)
    with pytest.raises(Refused, match="no role that acts"):
        proposed(people, role=Role.ADMINISTRATOR, portfolio=None)
    with pytest.raises(Refused, match="no role that acts"):
        grant_role(actor=people.administrator, user=people.owner, role="auditor", portfolio=None)
    # Between proposal and answer the person may have come to hold the other kind.
    newcomer = make_user(None, None)
    row = proposed(people, newcomer)
    grant_role(actor=people.administrator, user=newcomer, role="auditor", portfolio=None)
    with pytest.raises(Refused, match="no role that acts"):
        confirm_role_change(actor=second, proposal=row)
    row.refresh_from_db()
    assert (row.confirmed_at, holds(newcomer, Role.REVIEWER)) == (None, False)


def test_only_administrators_manage_people(people: People, second: User) -> None:
    people.analyst.is_superuser = True
    people.analyst.save()
    with pytest.raises(NotAllowed):
        grant_role(
            actor=people.analyst, user=people.stranger, role=Role.OWNER, portfolio=people.portfolio
        )
    with pytest.raises(NotAllowed):
        propose_role_change(
            actor=people.analyst, user=people.stranger, change="grant", role=Role.REVIEWER,
            portfolio=people.portfolio,
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        decline_role_change(actor=people.analyst, proposal=proposed(people))
    with pytest.raises(NotAllowed, match="themselves"):
        grant_role(
            actor=people.administrator, user=people.administrator, role=Role.ANALYST,
            portfolio=people.portfolio,
        )  # fmt: skip


# The database


def test_the_database_keeps_watchers_from_acting(people: People) -> None:
    for user, role in (
        (people.auditor, "reviewer"), (people.administrator, "board"), (people.analyst, "auditor"),
        (people.owner, "administrator"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match="no acting role"), transaction.atomic():
            Membership.objects.create(user=user, role=role, portfolio=people.portfolio)
    with pytest.raises(IntegrityError, match="never rewritten"), transaction.atomic():
        Membership.objects.filter(user=people.analyst).update(role="board")
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(user=people.analyst).update(user=people.auditor)


def test_the_database_takes_no_proposal_but_of_two_administrators(
    people: People, second: User
) -> None:
    now = timezone.now()
    row = proposed(people)
    of_row = RoleProposal.objects.filter(pk=row.pk)
    for wrong in (
        {"confirmed_by": people.administrator, "confirmed_at": now},
        {"confirmed_by": people.owner, "confirmed_at": now},
        {"confirmed_by": people.analyst, "confirmed_at": now},
        {"confirmed_at": now},
        {"confirmed_by": second, "confirmed_at": now, "declined_by": second, "declined_at": now},
        {"role": "board"}, {"user": people.analyst}, {"proposed_by": second},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            of_row.update(**wrong)
    made = {
        "user": people.analyst, "change": "grant", "role": "board", "portfolio": people.portfolio,
        "proposed_by": people.administrator, "proposed_at": now,
    }  # fmt: skip
    for wrong in (
        {"proposed_by": people.owner}, {"user": people.administrator},
        {"confirmed_by": second, "confirmed_at": now},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            RoleProposal.objects.create(**{**made, **wrong})
    for statement in (
        "DELETE FROM accounts_roleproposal",
        "INSERT OR REPLACE INTO accounts_roleproposal (user_id, change, role, portfolio_id, "
        "proposed_by_id, proposed_at) SELECT user_id, change, role, portfolio_id, "
        f"{second.pk}, proposed_at FROM accounts_roleproposal",
        "INSERT OR REPLACE INTO accounts_roleproposal SELECT * FROM accounts_roleproposal",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert list(RoleProposal.objects.values_list("proposed_by")) == [(people.administrator.pk,)]
    confirm_role_change(actor=second, proposal=row)
    with pytest.raises(IntegrityError, match="stays as it was made"), transaction.atomic():
        of_row.update(confirmed_by=None, confirmed_at=None)


# The page


def test_the_page_proposes_and_another_administrator_confirms(
    people: People, second: User, client_for
) -> None:
    first, other = client_for(people.administrator), client_for(second)
    told = {"role": "reviewer", "portfolio": people.portfolio.pk}
    form = reverse("people_grant", args=[people.owner.pk])
    assert "a second administrator confirms these" in first.get(form).content.decode()
    answer = first.post(form, told, follow=True)
    assert "Waiting for a second administrator" in answer.content.decode()
    row = RoleProposal.objects.get()
    confirm, decline = (reverse(f"people_{word}", args=[row.pk]) for word in ("confirm", "decline"))
    mine = answer.content.decode()
    assert confirm not in mine
    assert decline in mine
    assert first.post(confirm).status_code == 403
    theirs = other.get(reverse("people_list")).content.decode()
    assert confirm in theirs
    assert decline in theirs
    assert other.post(confirm).status_code == 302
    assert holds(people.owner, Role.REVIEWER)
    membership = Membership.objects.get(user=people.owner, role="reviewer")
    other.post(reverse("people_revoke", args=[membership.pk]))
    assert holds(people.owner, Role.REVIEWER)
    away = RoleProposal.objects.open().get()
    first.post(reverse("people_confirm", args=[away.pk]))
    assert not holds(people.owner, Role.REVIEWER)
    first.post(form, {"role": "analyst", "portfolio": people.portfolio.pk})
    assert holds(people.owner, Role.ANALYST)


def test_a_single_administrator_reads_how_a_second_is_made(people: People, client_for) -> None:
    client = client_for(people.administrator)
    assert "manage.py second_administrator" in client.get(reverse("people_list")).content.decode()
    form = reverse("people_grant", args=[people.owner.pk])
    answer = client.post(form, {"role": "board", "portfolio": people.portfolio.pk})
    assert answer.status_code == 422
    assert "manage.py second_administrator" in answer.content.decode()
    make_user(Role.ADMINISTRATOR, None)
    assert "second_administrator" not in client.get(reverse("people_list")).content.decode()


# The command line


def test_administrators_at_the_command_line(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _: NEW)
    with pytest.raises(CommandError, match="no administrator yet"):
        call_command("second_administrator", "b@example.org")
    call_command("first_administrator", "A@example.org")
    with pytest.raises(CommandError, match="administrator already"):
        call_command("first_administrator", "b@example.org")
    with pytest.raises(CommandError, match="has the address"):
        call_command("second_administrator", "a@example.org")
    call_command("second_administrator", "b@example.org", name="Bea")
    assert last_acts(2) == ["administrator.second_made", "administrator.first_made"]
    with pytest.raises(CommandError, match="Two administrators can sign in"):
        call_command("second_administrator", "c@example.org")
    User.objects.filter(email="a@example.org").update(is_active=False)
    monkeypatch.setattr("getpass.getpass", lambda _: "short")
    with pytest.raises(CommandError, match="at least 12"):
        call_command("second_administrator", "c@example.org")
    monkeypatch.setattr("getpass.getpass", lambda _: PASSWORD)
    call_command("second_administrator", "c@example.org")
    assert User.objects.filter(memberships__role="administrator").count() == 3
