"""States and stages of work."""

from django.db import models


class WorkState(models.TextChoices):
    """Where a piece of work stands; the last three are final."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


ENDED = (WorkState.SUCCEEDED, WorkState.FAILED, WorkState.CANCELLED)


class Stage(models.TextChoices):
    """What a worker is doing right now."""

    QUEUED = "queued", "Waiting for the queue"
    LOADING = "loading", "Loading"
    COMPUTING = "computing", "Computing"
    DRAWING = "drawing", "Drawing"
    STORING = "storing", "Storing"


EXPECTED_SHARE = {
    Stage.QUEUED: (0, 0),
    Stage.LOADING: (0, 15),
    Stage.COMPUTING: (15, 75),
    Stage.DRAWING: (75, 90),
    Stage.STORING: (90, 99),
}
"""Percent at the beginning and end of each stage."""
