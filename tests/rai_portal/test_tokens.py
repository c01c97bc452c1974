"""Tokens of the API are made and ended on the command line of the server."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from rai_portal.accounts.models import ApiToken, User
from rai_portal.ledger.models import Entry
from tests.factories import People


def made(user: User) -> str:
    out = StringIO()
    call_command("api_token", user.email, stdout=out)
    return out.getvalue().splitlines()[-1]


def status(token: str) -> int:
    headers = {"Authorization": f"Token {token}"}
    return Client().get("/api/v1/systems/", headers=headers).status_code


@pytest.mark.parametrize("shown", [12, None])
def test_a_token_that_was_ended_opens_nothing_and_the_others_still_do(
    people: People, shown: int | None
) -> None:
    lost, kept = made(people.analyst), made(people.analyst)
    assert (status(lost), status(kept)) == (200, 200)
    call_command("api_token", people.analyst.email, revoke=lost[:shown], stdout=StringIO())
    assert (status(lost), status(kept)) == (401, 200)
    entry = Entry.objects.get(action="token.revoked")
    assert entry.subject_id == ApiToken.objects.get(prefix=lost[:12]).pk


def test_tokens_of_another_person_short_beginnings_and_ended_ones_are_not_ended(
    people: People,
) -> None:
    token = made(people.analyst)
    for email, text in (
        (people.board.email, token),
        ("nobody@example.org", token),
        (people.analyst.email, "rai_"),
    ):
        with pytest.raises(CommandError, match="holds no token that begins with"):
            call_command("api_token", email, revoke=text)
    assert status(token) == 200
    call_command("api_token", people.analyst.email, revoke=token, stdout=StringIO())
    with pytest.raises(CommandError, match="was not ended before"):
        call_command("api_token", people.analyst.email, revoke=token)


def test_a_token_of_someone_who_left_can_be_ended_and_none_made(people: People) -> None:
    token = made(people.analyst)
    User.objects.filter(pk=people.analyst.pk).update(is_active=False)
    with pytest.raises(CommandError, match="Nobody active"):
        made(people.analyst)
    call_command("api_token", people.analyst.email, revoke=token, stdout=StringIO())
    assert ApiToken.objects.get(prefix=token[:12]).revoked_at is not None
