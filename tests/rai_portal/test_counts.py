"""Limits count in one place for all processes, lose no count, and refuse where they cannot count."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rai_portal.accounts.models import SharedCount
from rai_portal.api.throttling import AddressThrottle, PersonThrottle
from tests.factories import People

IN_ANOTHER_PROCESS = """
import django, json
django.setup()
from django.core.cache import cache
print(json.dumps([cache.get("history"), cache.incr("tally"), cache.add("lock", True, 10)]))
"""


def address_of_the_database() -> str:
    named = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{named['NAME']}"
    server = f"{named['HOST'] or '127.0.0.1'}:{named['PORT'] or 5432}"
    return f"postgresql://{named['USER']}:{named['PASSWORD']}@{server}/{named['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_another_process_counts_on() -> None:
    cache.set("history", [1.5, 0.5], 60)
    cache.set("tally", 4, 60)
    assert cache.add("lock", True, 60)
    printed = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        env=os.environ
        | {
            "DATABASE_URL": address_of_the_database(),
            "DJANGO_SETTINGS_MODULE": "rai_portal.settings",
        },
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert json.loads(printed) == [[1.5, 0.5], 5, False]
    assert cache.get("tally") == 5


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_count_is_lost() -> None:
    cache.set("tally", 0, 60)
    gate = threading.Barrier(8)

    def count() -> None:
        try:
            gate.wait(30)
            for _ in range(25):
                cache.incr("tally")
        finally:
            connection.close()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert cache.get("tally") == 200


@pytest.mark.django_db
def test_what_expired_is_a_new_count_and_many_keys_wipe_out_none() -> None:
    past = timezone.now() - dt.timedelta(seconds=5)
    SharedCount.objects.bulk_create(
        SharedCount(cache_key=f":1:old-{number}", value="", expires=past) for number in range(600)
    )
    for number in range(600):
        cache.set(f"live-{number}", number, 60)
    with pytest.raises(ValueError, match="There is no count"):
        cache.incr("old-7")
    assert cache.add("one-more", 1, 60)
    assert SharedCount.objects.count() == 601
    assert cache.get("live-0") == 0
    assert cache.get("live-599") == 599


@pytest.mark.django_db
def test_a_count_that_the_database_does_not_keep_is_an_error() -> None:
    def full(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE")):
            message = "database or disk is full"
            raise OperationalError(message)
        return execute(sql, *rest)

    cache.set("tally", 1, 60)
    with connection.execute_wrapper(full):
        with pytest.raises(OperationalError):
            cache.set("history", [1.0], 60)
        with pytest.raises(OperationalError):
            cache.incr("tally")
        assert not cache.add("lock", True, 10), "without its lock a limit refuses"


def test_wrong_passwords_are_counted_where_all_processes_see_them(people: People) -> None:
    wrong = {"login": people.analyst.email, "password": "not the password"}
    for _ in range(5):
        assert Client().post(reverse("account_login"), wrong).status_code == 200
    assert SharedCount.objects.filter(cache_key__contains="login_failed").count() == 2
    refused = Client().post(reverse("account_login"), wrong)
    assert "Too many failed login attempts" in refused.content.decode()


def test_the_api_takes_so_many_requests_of_a_person_and_says_when_it_takes_more(
    people: People, client_for: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 6_000_041.5  # 41.5 s into its minute: 6,000,000 is a multiple of 60
    monkeypatch.setattr(PersonThrottle, "rate", "3/min", raising=False)
    monkeypatch.setattr(PersonThrottle, "timer", lambda _self: now)
    client, path = client_for(people.analyst), "/api/v1/systems/"
    assert [client.get(path).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get(path)
    assert refused.headers["Retry-After"] == "19"
    assert "detail" in refused.json()
    assert client_for(people.owner).get(path).status_code == 200
    now += 18.5
    assert client.get(path).status_code == 200


def test_an_address_cannot_escape_its_limit_by_naming_another(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AddressThrottle, "rate", "2/min", raising=False)
    monkeypatch.setattr(AddressThrottle, "timer", lambda _self: 6_000_000.0)
    path = reverse("api_schema")
    named = [Client(headers={"x-forwarded-for": f"192.0.2.{number}"}) for number in range(3)]
    assert [client.get(path).status_code for client in named] == [200, 200, 429]
