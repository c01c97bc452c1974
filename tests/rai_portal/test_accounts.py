"""One's own account: what there is, what there is not, and who may say whose address it is."""

from __future__ import annotations

import re

import pytest
import structlog
from allauth import urls as allauth_urls
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from rai_portal.accounts.models import User
from rai_portal.accounts.services.sessions import note_act
from rai_portal.accounts.urls import OPEN
from rai_portal.ledger.models import Entry
from rai_portal.ledger.services.record import record
from rai_portal.ledger.services.verify import verify
from tests.factories import PASSWORD, People

SAMPLES = {"key": "a-b", "uidb36": "a", "pk": "1"}
NEW = "another battery, same staple"


def addresses(patterns, prefix: str = "/accounts/") -> dict[str, str]:
    """Every name that allauth knows, with an address that fits it."""
    found: dict[str, str] = {}
    for item in patterns:
        if isinstance(item, URLResolver):
            found |= addresses(item.url_patterns, prefix + str(item.pattern))
        elif isinstance(item, URLPattern):
            text = re.sub(r"\(\?P<(\w+)>(?:\[[^\]]*\]\+|\.\+)\)", r"<\1>", str(item.pattern))
            text = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: SAMPLES[match[1]], text)
            found[item.name or text] = prefix + text.strip("^$")
    return found


def sign_in(email: str, password: str = PASSWORD) -> Client | None:
    client = Client()
    answer = client.post(reverse("account_login"), {"login": email, "password": password})
    return client if answer.status_code == 302 else None


def test_nothing_of_allauth_is_open_but_what_is_named(people: People, client_for) -> None:
    known = addresses(allauth_urls.urlpatterns)
    assert set(known) >= OPEN
    closed = {name: url for name, url in known.items() if name not in OPEN}
    assert {"account_signup", "account_email", "account_confirm_email", "account_set_password"} <= (
        set(closed)
    )
    signed_in = client_for(people.analyst)
    wrong = [
        (name, method, answer.status_code)
        for name, url in closed.items()
        for client in (Client(), signed_in)
        for method in ("get", "post")
        if (answer := getattr(client, method)(url)).status_code != 404
    ]
    assert wrong == []


def test_what_is_named_answers(people: People, client_for) -> None:
    known = addresses(allauth_urls.urlpatterns)
    client = client_for(people.analyst)
    wrong = [
        (name, answer.status_code)
        for name in sorted(OPEN)
        if (answer := client.get(known[name])).status_code not in {200, 302, 404, 405}
        or (answer.status_code == 404 and not name.startswith("mfa_"))
    ]
    assert wrong == []


def test_nobody_claims_the_address_of_a_colleague(people: People, client_for) -> None:
    claimed = {"email": "board-to-be@example.org", "action_add": "", "action_primary": ""}
    assert client_for(people.analyst).post("/accounts/email/", claimed).status_code == 404
    # One that was claimed in an earlier version opens nothing.
    EmailAddress.objects.create(user=people.analyst, email="board-to-be@example.org", primary=True)
    assert sign_in("board-to-be@example.org") is None
    assert sign_in(people.analyst.email) is not None
    assert sign_in(f" {people.analyst.email.upper()} ") is not None
    assert sign_in(people.analyst.email, "wrong") is None


def test_an_address_is_changed_at_the_command_line_with_an_entry(people: People) -> None:
    user = people.analyst
    old = user.email
    EmailAddress.objects.create(user=user, email=old, primary=True, verified=True)
    call_command("change_address", old.upper(), "Ada.New@Example.org")
    user.refresh_from_db()
    assert user.email == "ada.new@example.org"
    entry = Entry.objects.about(user).latest("sequence")
    assert (entry.action, entry.actor) == ("person.address_changed", None)
    assert (entry.payload.before, entry.payload.after) == (
        {"email": old}, {"email": "ada.new@example.org"},
    )  # fmt: skip
    assert old.encode() not in bytes(entry.body)
    assert (sign_in(old), EmailAddress.objects.exists()) == (None, False)
    assert sign_in("ada.new@example.org") is not None
    for wrong, sentence in (
        (people.board.email.upper(), "Somebody else has"), ("no address", "is no e-mail address"),
    ):  # fmt: skip
        with pytest.raises(CommandError, match=sentence):
            call_command("change_address", "ada.new@example.org", wrong)
    with pytest.raises(CommandError, match="Nobody has"):
        call_command("change_address", old, "x@example.org")
    assert User.objects.get(pk=user.pk).email == "ada.new@example.org"


def test_a_forgotten_password_is_set_by_a_mail_that_says_nothing_to_strangers(
    people: People,
) -> None:
    client = Client()
    told = [
        client.post(reverse("account_reset_password"), {"email": email})
        for email in (people.analyst.email, "nobody@example.org")
    ]
    assert [(answer.status_code, answer["Location"]) for answer in told] == [
        (302, reverse("account_reset_password_done"))
    ] * 2
    assert [message.to for message in mail.outbox] == [[people.analyst.email]]
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link is not None
    page = client.get(link[0], follow=True)
    form = page.redirect_chain[-1][0]
    assert client.post(form, {"password1": NEW, "password2": NEW}).status_code == 302
    assert sign_in(people.analyst.email) is None
    assert sign_in(people.analyst.email, NEW) is not None


# The ledger


def acts_of(user: User) -> list[tuple[str, int | None]]:
    rows = Entry.objects.about(user).order_by("sequence")
    return list(rows.values_list("action", "actor_id"))


def test_signing_in_and_changing_the_password_are_entered_without_further_data(
    people: People,
) -> None:
    user = people.analyst
    client = sign_in(user.email)
    assert client is not None
    told = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post(reverse("account_change_password"), told).status_code == 302
    assert acts_of(user) == [
        ("session.signed_in", user.pk), ("person.password_changed", user.pk),
    ]  # fmt: skip
    for entry in Entry.objects.about(user).select_related("payload"):
        assert (entry.payload.before, entry.payload.after) == ({}, {})
    assert verify().intact


def test_no_hash_of_a_password_goes_into_the_ledger(people: People) -> None:
    with transaction.atomic():
        entry = record(actor=None, action="person.added", subject=people.analyst)
    assert entry.payload.after is not None
    assert "email" in entry.payload.after
    assert not {"password", "last_login"} & set(entry.payload.after)


def test_wrong_passwords_are_logged_and_their_limit_is_entered_once(people: People) -> None:
    user = people.analyst
    with structlog.testing.capture_logs() as logs:
        for _ in range(8):
            assert sign_in(user.email.upper(), "wrong") is None
    assert [item["event"] for item in logs] == ["sign_in.failed"] * 5 + ["sign_in.limited"] * 3
    assert {item["person"] for item in logs} == {user.pk}
    assert user.email not in str(logs)
    assert acts_of(user) == [("session.attempts_limited", None)]


def test_strangers_write_nothing_into_the_ledger(db: None) -> None:
    before = Entry.objects.count()
    with structlog.testing.capture_logs() as logs:
        for _ in range(8):
            assert sign_in("nobody@example.org", "wrong") is None
    assert {item["person"] for item in logs} == {None}
    assert Entry.objects.count() == before


def test_signing_in_goes_on_when_the_ledger_cannot_be_written(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(**_: object) -> None:
        message = "canceling statement due to lock timeout"
        raise OperationalError(message)

    monkeypatch.setattr("rai_portal.accounts.services.sessions.record", locked)
    with structlog.testing.capture_logs() as logs:
        assert sign_in(people.analyst.email) is not None
    assert [(item["event"], item["action"]) for item in logs] == [
        ("ledger.entry_missed", "session.signed_in")
    ]


def test_the_wait_for_the_ledger_is_short_and_the_connection_is_left_as_it_was(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = "PRAGMA busy_timeout" if connection.vendor == "sqlite" else "SHOW lock_timeout"

    def wait() -> str:
        with connection.cursor() as cursor:
            cursor.execute(ask)
            return str(cursor.fetchone()[0])

    seen = []
    monkeypatch.setattr(
        "rai_portal.accounts.services.sessions.record", lambda **_: seen.append(wait())
    )
    before = wait()
    note_act(people.analyst, "session.signed_in")
    assert (seen, wait()) == (["2000" if connection.vendor == "sqlite" else "2s"], before)
    assert before not in seen
