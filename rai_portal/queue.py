"""Starting work by name: services never import their tasks."""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError

log = structlog.get_logger(__name__)
_PATIENCE = 2
"""Seconds to wait for the broker."""


def reach_broker() -> None:
    """Connect to the broker once; whatever its transport raises tells that no work comes through."""
    with current_app.connection_for_write(connect_timeout=_PATIENCE) as broker:
        broker.ensure_connection(max_retries=0)


def enqueue(task: str, *ids: int) -> None:
    """Send the task once the transaction commits.

    The row that the id names is the outbox: it stays `queued` when the broker cannot be reached,
    and the tick `work.dispatch_due` sends it again.
    """

    def send() -> None:
        try:
            current_app.signature(task, args=ids).apply_async(retry=False)
        except (BrokerError, OSError) as error:
            log.warning("queue.unreachable", task=task, ids=ids, error=str(error))

    transaction.on_commit(send)
