"""A worker's sign of life: a row that /readyz reads, whatever the broker."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import threading
import time
from collections.abc import Callable

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone

from rai_portal.queue import reach_broker
from rai_portal.work import engine
from rai_portal.work.models import WorkerPulse

log = structlog.get_logger(__name__)

PULSE_SECONDS = 5.0
ALIVE_WITHIN = dt.timedelta(seconds=20)
SILENT_AFTER = 30.0
"""Seconds after which a worker whose pool takes up nothing no longer counts as living."""
STUCK_AFTER = 60.0
"""Seconds after which it ends itself."""


def beat(name: str) -> None:
    """Write the sign of life, and forget workers silent for a day."""
    now = timezone.now()
    WorkerPulse.objects.update_or_create(name=name, defaults={"at": now})
    WorkerPulse.objects.filter(at__lt=now - dt.timedelta(days=1)).delete()


def living_workers(*, now: dt.datetime | None = None) -> int:
    """Return how many workers gave a sign of life lately."""
    return WorkerPulse.objects.filter(at__gte=(now or timezone.now()) - ALIVE_WITHIN).count()


class Watch:
    """Tells when work waits and nothing moves, though the worker's main process lives.

    A child that is killed while it holds the lock of the pool's queue leaves all others waiting
    for it: the main process sees nothing amiss, and no work is taken up again.
    """

    def __init__(self) -> None:
        self._waiting: frozenset[tuple[str, int, int]] = frozenset()
        self._since = 0.0

    def stuck_for(self, *, at: float) -> float:
        """Return for how many seconds the same work has waited with none under way.

        at: seconds of a clock that never goes back.
        """
        waiting = engine.idle_work()
        still = self._waiting & waiting
        if not still:
            self._since = at
        self._waiting = still or waiting
        return at - self._since if waiting else 0.0


def _forever(name: str, stop: threading.Event, clock: Callable[[], float] = time.monotonic) -> None:
    watch = Watch()
    while True:
        try:
            stuck = watch.stuck_for(at=clock())
            if stuck < SILENT_AFTER:
                beat(name)
            elif stuck > STUCK_AFTER and _broker_answers():
                _end(name, stuck)
            # Also here, beside the tick: recovery must not wait behind long work in the queue.
            engine.recover()
        except DatabaseError as error:
            log.warning("pulse.missed", error=str(error))
            connection.close()
        if stop.wait(PULSE_SECONDS):
            return


def _broker_answers() -> bool:
    """Whether work could come through at all; without a broker a new start mends nothing."""
    try:
        reach_broker()
    except Exception as error:  # every transport raises errors of its own
        log.warning("pulse.no_broker", error=str(error))
        return False
    return True


def _end(name: str, stuck: float) -> None:
    """End this worker with its pool; whoever started it starts it again, and work is taken up."""
    log.error("worker.stuck", worker=name, seconds=round(stuck))
    os.killpg(os.getpgrp(), signal.SIGKILL)


def start() -> threading.Event:
    """Start the pulse in a thread of the worker's main process; set the event to end it."""
    stop = threading.Event()
    name = f"{socket.gethostname()}:{os.getpid()}"
    threading.Thread(target=_forever, args=(name, stop), name="pulse", daemon=True).start()
    return stop
