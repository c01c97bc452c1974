"""A worker's sign of life: a row that /readyz reads, whatever the broker."""

from __future__ import annotations

import datetime as dt
import os
import socket
import threading

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone

from rai_portal.work import engine
from rai_portal.work.models import WorkerPulse

log = structlog.get_logger(__name__)

PULSE_SECONDS = 5.0
ALIVE_WITHIN = dt.timedelta(seconds=20)


def beat(name: str) -> None:
    """Write the sign of life, and forget workers silent for a day."""
    now = timezone.now()
    WorkerPulse.objects.update_or_create(name=name, defaults={"at": now})
    WorkerPulse.objects.filter(at__lt=now - dt.timedelta(days=1)).delete()


def living_workers(*, now: dt.datetime | None = None) -> int:
    """Return how many workers gave a sign of life lately."""
    return WorkerPulse.objects.filter(at__gte=(now or timezone.now()) - ALIVE_WITHIN).count()


def _forever(name: str, stop: threading.Event) -> None:
    while True:
        try:
            beat(name)
            # Also here, beside the tick: recovery must not wait behind long work in the queue.
            engine.recover()
        except DatabaseError as error:
            log.warning("pulse.missed", error=str(error))
            connection.close()
        if stop.wait(PULSE_SECONDS):
            return


def start() -> threading.Event:
    """Start the pulse in a thread of the worker's main process; set the event to end it."""
    stop = threading.Event()
    name = f"{socket.gethostname()}:{os.getpid()}"
    threading.Thread(target=_forever, args=(name, stop), name="pulse", daemon=True).start()
    return stop
