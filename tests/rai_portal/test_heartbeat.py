"""The heartbeat interrupts work that was cancelled, and nothing else."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from rai_portal.work import engine
from registry.models import Dataset

LONG = 20.0


def watched(monkeypatch: pytest.MonkeyPatch, write: object) -> engine._Watch:
    monkeypatch.setattr(engine, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(engine._Watch, "_write", write)
    return engine._Watch(Dataset, 1, "claim")


def test_a_cancellation_interrupts_work_that_reports_nothing(
    monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    def cancelled(_watch: engine._Watch, **_columns: object) -> None:
        raise engine.Cancelled

    watch = watched(monkeypatch, cancelled)
    begin = time.monotonic()
    with pytest.raises(engine.Cancelled), watch.beating():
        time.sleep(LONG)
    assert time.monotonic() - begin < LONG


def test_a_cancellation_that_comes_as_the_work_ends_does_not_end_the_worker(
    monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    writing = threading.Event()

    def cancelled_at_the_end(watch: engine._Watch, **_columns: object) -> None:
        writing.set()
        watch._stop.wait(LONG)
        raise engine.Cancelled

    before = signal.getsignal(signal.SIGUSR2)
    watch = watched(monkeypatch, cancelled_at_the_end)
    with watch.beating():
        assert writing.wait(LONG)
    assert signal.getsignal(signal.SIGUSR2) == before


def test_a_cancellation_amid_a_write_of_progress_waits_for_the_write(
    monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    """A query that is cut in two leaves a connection that answers no other."""
    whole = []

    def write(_watch: engine._Watch, **columns: object) -> None:
        if not columns:
            raise engine.Cancelled
        time.sleep(0.2)
        whole.append(columns["stage"])

    watch = watched(monkeypatch, write)
    with pytest.raises(engine.Cancelled), watch.beating():
        watch.progress("loading")
        time.sleep(LONG)
    assert whole == ["loading"]
