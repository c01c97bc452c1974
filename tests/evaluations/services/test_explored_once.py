"""One form makes one run: a second click on Explore gives what the first one started."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from celery.canvas import Signature
from django.db import connection
from django.utils import timezone

from evaluations.models import Run
from evaluations.services.runs import cancel_run, start_uncounted_run
from rai_portal.ledger.models import Entry
from rai_portal.work.choices import WorkState
from registry.models import Dataset, Release
from tests.evaluations.services.cases import decisions
from tests.factories import People


@pytest.fixture
def dataset(people: People, release: Release) -> Dataset:
    return decisions(people, release)


def explore(people: People, dataset: Dataset, **other: Any) -> Run:
    facts = {"actor": people.analyst, "method": "fairness.group_rates", "dataset": dataset}
    return start_uncounted_run(**{**facts, **other})


def test_the_same_form_twice_starts_one_run(people: People, dataset: Dataset) -> None:
    first = explore(people, dataset)
    assert explore(people, dataset) == first
    assert Entry.objects.filter(action="run.started").count() == 1


def test_another_person_or_another_question_is_another_run(
    people: People, release: Release, dataset: Dataset
) -> None:
    first = explore(people, dataset)
    others = [
        explore(people, dataset, actor=people.owner),
        explore(people, dataset, parameters={"minimum_group_size": 31}),
        explore(people, dataset, release=release),
        explore(people, dataset, title="By another name"),
    ]
    assert len({first.pk, *(run.pk for run in others)}) == 5


@pytest.mark.parametrize(
    ("state", "seconds", "same"),
    [("queued", 3600, True), ("running", 3600, True), ("succeeded", 50, True),
     ("succeeded", 70, False), ("failed", 1, False)],
)  # fmt: skip
def test_what_is_under_way_or_was_just_asked_is_not_asked_again(
    people: People, dataset: Dataset, state: str, seconds: int, same: bool
) -> None:
    first = explore(people, dataset)
    asked_at = timezone.now() - dt.timedelta(seconds=seconds)
    ended = {"result": {"metrics": []}, "result_digest": "0" * 64}
    Run.objects.filter(pk=first.pk).update(
        state=WorkState(state), queued_at=asked_at, **(ended if state == "succeeded" else {})
    )
    assert (explore(people, dataset) == first) is same


def test_a_cancelled_run_is_started_anew(people: People, dataset: Dataset) -> None:
    first = explore(people, dataset)
    cancel_run(actor=people.analyst, run=first)
    assert explore(people, dataset) != first


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_one_starts_the_run(
    people: People, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Signature, "apply_async", lambda *_args, **_options: None)
    gate, found = threading.Barrier(4), []

    def click() -> None:
        try:
            gate.wait(30)
            found.append(explore(people, dataset).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert set(found) == set(Run.objects.values_list("pk", flat=True))
    assert Run.objects.count() == 1
