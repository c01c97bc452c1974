"""Waiting for the worker, as a person before a page would."""

from __future__ import annotations

import time

from django.db import connection

from rai_portal.work.choices import WorkState
from rai_portal.work.models import WorkItem

PATIENCE = 600.0


class WorkFailed(RuntimeError):
    """A piece of the demo's work did not succeed; the text is its reason."""


def until_done[W: WorkItem](item: W) -> W:
    """Return the row once its work has succeeded; raise WorkFailed with its reason otherwise."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        item.refresh_from_db()
        if item.state == WorkState.SUCCEEDED:
            return item
        if item.ended:
            message = f"{item}: {item.message}"
            raise WorkFailed(message)
        # An idle connection is given back; the worker needs the database more than we do.
        connection.close()
        time.sleep(0.4)
    message = f"{item} was not done within {PATIENCE:.0f} s; is a worker running?"
    raise WorkFailed(message)
