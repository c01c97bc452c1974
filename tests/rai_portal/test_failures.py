"""A full disk and a request that is too large are sentences, on pages as in the API."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from rai_portal.errors import tells_of_full_disk
from rai_portal.ledger.models import Entry
from rai_portal.ledger.services.verify import verify
from registry.models import AISystem
from tests.factories import People

type ClientFor = Callable[..., Client]
SYSTEMS = "/api/v1/systems/"


def wrapped(cause: Exception) -> Exception:
    """Raise as Django does for a driver's error."""
    try:
        raise OperationalError("as Django says it") from cause
    except OperationalError as error:
        return error


def sqlite_fault(path: Path) -> sqlite3.Error:
    """Return what SQLite raises when its file may not grow."""
    with closing(sqlite3.connect(path)) as link:
        link.execute("PRAGMA max_page_count = 2")
        link.execute("CREATE TABLE kept (text)")
        with pytest.raises(sqlite3.OperationalError) as caught:
            link.execute("INSERT INTO kept VALUES (?)", ["x" * 100_000])
    return caught.value


def test_a_full_disk_is_told_from_other_faults_whoever_meets_it(tmp_path: Path) -> None:
    assert tells_of_full_disk(wrapped(sqlite_fault(tmp_path / "small.sqlite3")))
    assert tells_of_full_disk(wrapped(psycopg.errors.DiskFull("could not extend file")))
    assert tells_of_full_disk(OSError(errno.ENOSPC, "No space left on device"))
    assert not tells_of_full_disk(wrapped(psycopg.errors.DeadlockDetected("deadlock")))
    assert not tells_of_full_disk(OSError(errno.EIO, "Input/output error"))
    assert not tells_of_full_disk(ValueError("disk is full, says a text"))
    assert not tells_of_full_disk(None)


@contextmanager
def full_disk() -> Iterator[None]:
    """Let the database grow no more: SQLite refuses new pages, PostgreSQL is made to say so."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")  # or rows would go where those of other tests have been
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
            yield
            cursor.execute("PRAGMA max_page_count = 1073741823")
        return

    def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT"):
            raise OperationalError from psycopg.errors.DiskFull("could not extend file")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield


def system_body(people: People, number: int = 0) -> dict[str, object]:
    return {
        "portfolio": people.portfolio.pk, "name": f"Claims {number}", "kind": "rag",
        "owner": people.owner.pk, "purpose": "Sort. " * 600,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_database_without_room_answers_507_and_nothing_is_half_written(
    people: People, client_for: ClientFor
) -> None:
    client = client_for(people.analyst)
    client.raise_request_exception = False
    before, answers = Entry.objects.count(), list[Any]()
    with full_disk():
        while not answers or (answers[-1].status_code == 201 and len(answers) < 200):
            body = system_body(people, len(answers))
            answers.append(client.post(SYSTEMS, body, "application/json"))
    refused, made = answers[-1], len(answers) - 1
    assert refused.status_code == 507
    assert refused.json()["detail"].startswith("The disk of the portal is full. Nothing of this")
    assert AISystem.objects.count() == made
    assert Entry.objects.count() == before + made
    assert verify().intact
    assert client.post(SYSTEMS, system_body(people, 999), "application/json").status_code == 201


def test_a_page_says_that_the_disk_is_full(
    people: People, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_facts: object) -> None:
        raise OperationalError from psycopg.errors.DiskFull("could not extend file")

    client = client_for(people.analyst)
    client.raise_request_exception = False
    monkeypatch.setattr("registry.views.systems.register_system", refuse)
    data = {**system_body(people), "purpose": "Sort.", "stage": "development"}
    page = client.post(reverse("system_new"), data)
    assert page.status_code == 507
    assert "Nothing of this step was saved" in page.content.decode()


def test_a_fault_of_the_api_is_json_too(
    people: People, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_facts: object) -> None:
        raise KeyError("a fault")

    client = client_for(people.analyst)
    client.raise_request_exception = False
    monkeypatch.setattr("rest_framework.views.APIView.check_throttles", fail)
    answer = client.get(SYSTEMS)
    assert answer.status_code == 500
    assert answer.json()["detail"].startswith("The portal failed on this request.")


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_a_body_too_large_for_the_api_is_refused_with_a_sentence(
    people: People, client_for: ClientFor, kind: str
) -> None:
    text = "x" * 3_000_000
    body = f'{{"name": "{text}"}}'
    if kind != "application/json":
        field = 'Content-Disposition: form-data; name="name"'
        body = f"--x\r\n{field}\r\n\r\n{text}\r\n--x--\r\n"
    answer = client_for(people.analyst).post(SYSTEMS, body, kind)
    assert answer.status_code == 413
    assert "larger than the 2.5" in answer.json()["detail"]
    assert not AISystem.objects.exists()


def test_a_form_too_large_is_a_page_with_the_same_sentence(
    people: People, client_for: ClientFor
) -> None:
    data = {**system_body(people), "purpose": "x" * 3_000_000}
    page = client_for(people.analyst).post(
        reverse("system_new"), "&".join(f"{k}={v}" for k, v in data.items()),
        "application/x-www-form-urlencoded",
    )  # fmt: skip
    assert page.status_code == 413
    assert "larger than the 2.5" in page.content.decode()
