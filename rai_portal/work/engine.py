"""Claim, watch, finish, recover: the same for runs, profiles, documents and packs.

A task may be delivered twice, a worker may be killed: the row decides. A claim is a conditional
update with a random token; every later write names that token, so a worker that was taken for
dead and comes back cannot write over its successor.
"""

from __future__ import annotations

import datetime as dt
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from rai_portal.queue import enqueue
from rai_portal.work.choices import Stage, WorkState
from rai_portal.work.models import WorkItem

if TYPE_CHECKING:
    from types import FrameType

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 3.0
PROGRESS_SECONDS = 0.5
RESEND_AFTER = dt.timedelta(seconds=45)


class Cancelled(Exception):
    """Somebody asked for the work to stop."""


class TakenOver(Exception):
    """Another worker holds the claim; whatever this one made is dropped."""


class RefusedWork(Exception):
    """The work cannot be done, and trying again would not help. The text is for a person."""


class Progress(Protocol):
    """Called by the work: stage, done, total."""

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Report where the work stands; raises Cancelled when it shall stop."""


class Workload(Protocol):
    """What a kind of work does: `perform` without database writes, `store` inside a transaction."""

    def perform(self, progress: Progress) -> Any:
        """Compute; no transaction is open. Raises RefusedWork with a sentence for a person."""

    def store(self, outcome: Any) -> None:
        """Write the outcome, in the transaction that ends the work."""

    def failed(self, reason: str) -> None:
        """Write what a failure means (a ledger entry), in the transaction that ends the work."""


def work_models() -> list[type[WorkItem]]:
    """Return every kind of work there is."""
    return [model for model in apps.get_models() if issubclass(model, WorkItem)]


def submit(item: WorkItem) -> None:
    """Queue the saved row once the transaction commits."""
    _manager(type(item)).filter(pk=item.pk).update(sent_at=timezone.now())
    enqueue(item.work_task, item.pk)


def request_cancel(item: WorkItem) -> bool:
    """Ask for an end. Returns True when the work had not begun and is cancelled already."""
    manager = _manager(type(item))
    now = timezone.now()
    unclaimed = manager.filter(pk=item.pk, state=WorkState.QUEUED).update(
        state=WorkState.CANCELLED, ended_at=now, message="Cancelled before a worker began."
    )
    if not unclaimed:
        manager.filter(pk=item.pk, state=WorkState.RUNNING).update(cancel_requested=True)
    return bool(unclaimed)


def perform(model: type[WorkItem], pk: int) -> None:
    """Do one piece of work, once: the body of every task."""
    waiting = _manager(model).filter(pk=pk, state=WorkState.QUEUED).first()
    if waiting is not None and not waiting.may_begin():
        log.info("work.waits", model=model._meta.label, pk=pk)
        return
    claim = secrets.token_hex(16)
    item = _claim(model, pk, claim)
    if item is None:
        log.info("work.not_claimed", model=model._meta.label, pk=pk)
        return
    with structlog.contextvars.bound_contextvars(work=f"{model._meta.label}:{pk}"):
        _perform_claimed(item, claim)


def _perform_claimed(item: WorkItem, claim: str) -> None:
    watch = _Watch(type(item), item.pk, claim)
    workload = item.workload()
    try:
        with watch.beating():
            outcome = workload.perform(watch.progress)
            watch.progress(Stage.STORING)
        with transaction.atomic():
            watch.hold()
            workload.store(outcome)
            _end(item, claim, WorkState.SUCCEEDED, "")
    except Cancelled:
        _leave_interrupted_connection()
        _end_quietly(item, claim, WorkState.CANCELLED, "Cancelled while it ran. Nothing was kept.")
    except TakenOver:
        log.warning("work.taken_over")
    except RefusedWork as refusal:
        _fail(item, claim, workload, str(refusal))
    except SoftTimeLimitExceeded:
        limit = settings.WORK_TIME_LIMIT
        _fail(item, claim, workload, f"Stopped after {limit} s, the limit. Nothing was kept.")
    except (DatabaseError, OSError) as fault:
        _retry(item, claim, workload, fault)
    except Exception as fault:
        # A defect in a method must end as a sentence on the page, not as a worker's traceback
        # alone; the traceback goes to the log.
        log.exception("work.defect")
        kind = type(fault).__name__
        _fail(item, claim, workload, f"The work stopped on an unexpected {kind}: {fault}")


def _manager(model: type[WorkItem]) -> models.Manager[WorkItem]:
    return model._default_manager


def _claim(model: type[WorkItem], pk: int, claim: str) -> WorkItem | None:
    now = timezone.now()
    claimed = (
        _manager(model)
        .filter(pk=pk, state=WorkState.QUEUED)
        .update(
            state=WorkState.RUNNING,
            stage=Stage.LOADING,
            claim=claim,
            heartbeat_at=now,
            started_at=now,
            done=0,
            total=0,
            attempts=models.F("attempts") + 1,
        )
    )
    return _manager(model).get(pk=pk) if claimed else None


def _end(item: WorkItem, claim: str, state: str, message: str) -> None:
    ended = (
        _manager(type(item))
        .filter(pk=item.pk, state=WorkState.RUNNING, claim=claim)
        .update(state=state, ended_at=timezone.now(), message=message, claim="")
    )
    if not ended:
        raise TakenOver


def _leave_interrupted_connection() -> None:
    """The interruption may have come amid a query, after which a connection answers no other."""
    if not connection.in_atomic_block:
        connection.close()


def _end_quietly(item: WorkItem, claim: str, state: str, message: str) -> None:
    with suppress(TakenOver):
        _end(item, claim, state, message)


def _fail(item: WorkItem, claim: str, workload: Workload, reason: str) -> None:
    log.warning("work.failed", reason=reason)
    with suppress(TakenOver), transaction.atomic():
        _end(item, claim, WorkState.FAILED, reason)
        workload.failed(reason)


def _retry(item: WorkItem, claim: str, workload: Workload, fault: Exception) -> None:
    """Faults of the ground (database, disk) are tried again within the limit."""
    log.warning("work.infrastructure_fault", error=str(fault))
    if item.attempts >= settings.WORK_MAX_ATTEMPTS:
        _fail(item, claim, workload, f"Failed {item.attempts} times; the last time: {fault}")
        return
    with transaction.atomic():
        requeued = _requeue(type(item), item.pk, claim)
        if requeued:
            submit(item)


def _requeue(model: type[WorkItem], pk: int, claim: str) -> bool:
    changed = (
        _manager(model)
        .filter(pk=pk, state=WorkState.RUNNING, claim=claim)
        .update(state=WorkState.QUEUED, stage=Stage.QUEUED, claim="", started_at=None)
    )
    return bool(changed)


def recover(*, now: dt.datetime | None = None) -> int:
    """Take up lost work and send again what the broker may have lost; returns how many rows."""
    moment = now or timezone.now()
    stale = dt.timedelta(seconds=settings.WORK_STALE_AFTER)
    count = 0
    for model in work_models():
        queryset = model._default_manager.all()
        for item in queryset.lost(now=moment, after=stale):  # type: ignore[attr-defined]
            count += _recover_lost(item)
        due = queryset.waiting().filter(  # type: ignore[attr-defined]
            models.Q(sent_at__isnull=True) | models.Q(sent_at__lt=moment - RESEND_AFTER)
        )
        for item in due:
            with transaction.atomic():
                submit(item)
            count += 1
    return count


def idle_work() -> frozenset[tuple[str, int, int]]:
    """Return what waits, as (model, number, attempts), if nothing at all is under way."""
    if any(_manager(model).filter(state=WorkState.RUNNING).exists() for model in work_models()):
        return frozenset()
    return frozenset(
        (model._meta.label, pk, attempts)
        for model in work_models()
        for pk, attempts in _manager(model)
        .filter(state=WorkState.QUEUED)
        .values_list("pk", "attempts")[:100]
    )


def _recover_lost(item: WorkItem) -> int:
    attempts = f"{item.attempts} attempt" + ("s" if item.attempts != 1 else "")
    if item.cancel_requested:
        _end_quietly(item, item.claim, WorkState.CANCELLED, "Cancelled; its worker had stopped.")
    elif item.attempts >= settings.WORK_MAX_ATTEMPTS:
        reason = f"Its worker stopped without a word, after {attempts}. Nothing was kept."
        _fail(item, item.claim, item.workload(), reason)
    else:
        log.warning("work.recovered", model=item._meta.label, pk=item.pk, attempts=item.attempts)
        with transaction.atomic():
            if _requeue(type(item), item.pk, item.claim):
                submit(item)
    return 1


class _Watch:
    """Heartbeat from a thread of its own, progress from the work, cancellation for both."""

    def __init__(self, model: type[WorkItem], pk: int, claim: str) -> None:
        self._row = _manager(model).filter(pk=pk, state=WorkState.RUNNING, claim=claim)
        self._stop = threading.Event()
        self._last = 0.0
        self._stage = ""
        self._cancelled = False
        self._deaf = False
        self._in_main = threading.current_thread() is threading.main_thread()

    def progress(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Write progress at most twice a second; raise when the work shall stop."""
        if self._cancelled:
            raise Cancelled
        now = time.monotonic()
        if stage == self._stage and now - self._last < PROGRESS_SECONDS and done < total:
            return
        self._last, self._stage = now, stage
        self._deaf = True  # a write that is cut in two leaves the connection unusable
        try:
            self._write(stage=Stage(stage), done=done, total=max(total, 0))
        finally:
            self._deaf = False
        if self._cancelled:
            raise Cancelled

    def hold(self) -> None:
        """Lock the row for the transaction that ends the work; raise when another holds it."""
        if not self._row.update(heartbeat_at=timezone.now()):
            raise TakenOver

    def _write(self, **columns: Any) -> None:
        alive = self._row.update(heartbeat_at=timezone.now(), **columns)
        if not alive:
            raise TakenOver
        if self._row.filter(cancel_requested=True).exists():
            raise Cancelled

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            try:
                self._write()
            except (Cancelled, TakenOver):
                self._cancelled = True
                if self._in_main and not self._stop.is_set():
                    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR2)
                break
            except DatabaseError as error:
                log.warning("work.heartbeat_missed", error=str(error))
        connection.close()

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Keep the heartbeat going; a cancellation interrupts the main thread."""

        def interrupt(_signum: int, _frame: FrameType | None) -> None:
            if not self._deaf:
                raise Cancelled

        before = signal.signal(signal.SIGUSR2, interrupt) if self._in_main else None
        thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            try:
                yield
            finally:
                self._deaf = True
        finally:
            self._stop.set()
            # The handler stays until the thread is gone: a signal without one ends the process.
            thread.join(timeout=5)
            if self._in_main:
                signal.signal(signal.SIGUSR2, before)
