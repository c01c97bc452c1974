"""Signatures that come at the same moment, over connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from celery.canvas import Signature
from django.db import connection

from assessments.models import Decision, Review, Vote
from assessments.services.reviews import Signed
from rai_portal.accounts.models import User
from rai_portal.errors import Refused
from rai_portal.ledger.models import Entry
from rai_portal.ledger.services.verify import verify
from registry.models import Release
from tests.assessments.board import asked, ready, signs
from tests.factories import People

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Signed]) -> list[Signed | Refused]:
    """Do all acts in threads that start together; return what each gave or was refused with."""
    gate = threading.Barrier(len(acts))
    found: list[Signed | Refused] = []

    def do(act: Callable[[], Signed]) -> None:
        try:
            gate.wait(30)
            found.append(act())
        except Refused as refusal:
            found.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


@pytest.fixture(autouse=True)
def _work_waits_in_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents of the decision are not what is looked at here."""
    monkeypatch.setattr(Signature, "apply_async", lambda *_args, **_options: None)


@pytest.fixture
def review(people: People, release: Release) -> Review:
    ready(release, people)
    return asked(release, people)


def test_two_members_at_once_make_one_decision(people: People, review: Review) -> None:
    found = at_once(lambda: signs(people.board, review), lambda: signs(people.board2, review))
    assert [type(one) for one in found] == [Signed, Signed]
    assert Vote.objects.filter(review=review).count() == 2
    assert Decision.objects.filter(review=review).count() == 1
    assert Entry.objects.filter(action="vote.signed").count() == 2
    assert verify().intact


def test_one_member_in_two_windows_signs_once(people: People, review: Review) -> None:
    def sign() -> Signed:
        return signs(User.objects.get(pk=people.board.pk), review)

    found = at_once(sign, sign)
    refused = [one for one in found if isinstance(one, Refused)]
    assert len(refused) == 1
    assert "signed this review already" in str(refused[0])
    assert Vote.objects.filter(review=review).count() == 1
    assert not Decision.objects.exists()
