"""A worker whose pool takes up nothing says so, and is told from one that is busy."""

from __future__ import annotations

import os
import signal

import pytest

from rai_portal.work import pulse
from rai_portal.work.choices import WorkState
from rai_portal.work.models import WorkerPulse
from registry.models import Dataset
from tests.factories import People, make_dataset


@pytest.fixture
def waiting(people: People) -> Dataset:
    dataset = make_dataset(portfolio=people.portfolio, by=people.analyst)
    Dataset.objects.filter(pk=dataset.pk).update(state=WorkState.QUEUED, attempts=0)
    return dataset


def test_work_that_waits_while_none_is_under_way_is_counted_from_when_it_was_seen(
    waiting: Dataset,
) -> None:
    watch = pulse.Watch()
    assert watch.stuck_for(at=100.0) == 0.0
    assert watch.stuck_for(at=140.0) == 40.0
    Dataset.objects.filter(pk=waiting.pk).update(attempts=1)
    assert watch.stuck_for(at=150.0) == 0.0, "it was taken up and came back"
    Dataset.objects.filter(pk=waiting.pk).update(state=WorkState.RUNNING)
    assert watch.stuck_for(at=300.0) == 0.0, "it is under way"


def test_a_worker_that_is_stuck_falls_silent_and_then_ends(
    waiting: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, ended = iter([0.0, 29.0, 31.0, 61.0]), []

    class Stop:
        calls = 0

        def wait(self, _seconds: float) -> bool:
            self.calls += 1
            seen.append(WorkerPulse.objects.count())
            WorkerPulse.objects.all().delete()
            return self.calls == 4

    seen: list[int] = []
    monkeypatch.setattr(pulse.engine, "recover", lambda: 0)
    monkeypatch.setattr(pulse, "_broker_answers", lambda: True)
    monkeypatch.setattr(os, "killpg", lambda group, number: ended.append((group, number)))
    pulse._forever("worker:1", Stop(), lambda: next(clock))
    assert seen == [1, 1, 0, 0]
    assert ended == [(os.getpgrp(), signal.SIGKILL)]
