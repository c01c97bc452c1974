"""Readiness tells which part of the portal cannot work; liveness asks none of them."""

from __future__ import annotations

import pytest
from celery import current_app
from django.test import Client

from rai_portal.queue import reach_broker
from rai_portal.work import pulse


class _Unreachable:
    """A broker that answers nobody."""

    def __enter__(self) -> _Unreachable:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def ensure_connection(self, *, max_retries: int) -> None:
        raise ConnectionRefusedError(111, "Connection refused")


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app, "connection_for_write", lambda **_options: _Unreachable())


def test_the_portal_is_ready_when_all_its_parts_answer(db: None) -> None:
    pulse.beat("worker:1")
    answer = Client().get("/readyz")
    parts = {"database": "ok", "migrations": "ok", "broker": "ok", "worker": "ok"}
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "parts": parts})


def test_a_broker_that_does_not_answer_is_named_and_the_process_still_lives(
    db: None, no_broker: None
) -> None:
    pulse.beat("worker:1")
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "not ready"
    assert answer.json()["parts"]["broker"] == "unreachable"
    assert answer.json()["parts"]["worker"] == "ok"
    assert Client().get("/healthz").status_code == 200


def test_a_portal_without_a_living_worker_is_not_ready(db: None) -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["worker"] == "missing"


def test_a_new_start_mends_nothing_while_the_broker_is_away(no_broker: None) -> None:
    assert not pulse._broker_answers()
    with pytest.raises(ConnectionRefusedError):
        reach_broker()
