"""What a row needs so that a worker can do it once, be watched, and be replaced when killed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.utils import timezone

from rai_portal.db import ScopedQuerySet
from rai_portal.work.choices import ENDED, EXPECTED_SHARE, Stage, WorkState

if TYPE_CHECKING:
    from rai_portal.work.engine import Workload


class WorkItemQuerySet[M: models.Model](ScopedQuerySet[M]):
    """Work by its state."""

    def waiting(self) -> Self:
        """Return work that no worker has claimed."""
        return self.filter(state=WorkState.QUEUED)

    def lost(self, *, now: dt.datetime, after: dt.timedelta) -> Self:
        """Return running work whose heartbeat is older than `after`: its worker is gone."""
        return self.filter(state=WorkState.RUNNING, heartbeat_at__lt=now - after)


class WorkItem(models.Model):
    """Abstract: a row that is its own job. The engine changes these columns, nobody else does."""

    work_task: ClassVar[str]
    """Name of the Celery task that does it, such as "evaluations.run"."""

    state = models.CharField(
        max_length=10, choices=WorkState.choices, default=WorkState.QUEUED, db_index=True
    )
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.QUEUED)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    message = models.TextField(blank=True)

    volatile_fields: ClassVar[tuple[str, ...]] = (
        "state", "stage", "done", "total", "attempts", "claim", "heartbeat_at", "queued_at",
        "sent_at", "started_at", "ended_at", "cancel_requested", "message",
    )  # fmt: skip

    class Meta:
        abstract = True

    @property
    def ended(self) -> bool:
        """Whether the work is over, however it ended."""
        return self.state in ENDED

    @property
    def percent(self) -> int:
        """Progress from 0 to 100; 100 only when it succeeded."""
        if self.state == WorkState.SUCCEEDED:
            return 100
        low, high = EXPECTED_SHARE[Stage(self.stage)]
        share = min(self.done / self.total, 1.0) if self.total else 0.0
        return round(low + (high - low) * share)

    @property
    def elapsed(self) -> dt.timedelta | None:
        """Time since a worker began, or how long it took."""
        if self.started_at is None:
            return None
        return (self.ended_at or timezone.now()) - self.started_at

    @property
    def remaining(self) -> dt.timedelta | None:
        """An estimate from the share done; None while there is nothing to judge by."""
        elapsed = self.elapsed
        if self.ended or elapsed is None or self.percent < 5:
            return None
        return elapsed * (100 - self.percent) / self.percent

    def may_begin(self) -> bool:
        """Return whether a worker may claim it now.

        Work that waits for other work stays queued; what it waits for sends it again, and so does
        the tick.
        """
        return True

    def workload(self) -> Workload:
        """Return what to do: implemented by each kind of work."""
        raise NotImplementedError
