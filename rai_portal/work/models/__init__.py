"""Work items and the pulse of workers."""

from rai_portal.work.models.item import WorkItem, WorkItemQuerySet
from rai_portal.work.models.pulse import WorkerPulse

__all__ = ["WorkItem", "WorkItemQuerySet", "WorkerPulse"]
