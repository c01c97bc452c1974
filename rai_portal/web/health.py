"""Whether the process answers, and whether the whole portal can work."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from rai_portal.queue import reach_broker
from rai_portal.work.pulse import living_workers

log = structlog.get_logger(__name__)


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _broker() -> bool:
    reach_broker()
    return True


def _worker() -> bool:
    return living_workers() > 0


PARTS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "worker": _worker,
}


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process lives."""
    return JsonResponse({"status": "ok"})


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, migrations, broker and a worker are there, else 503."""
    state = {}
    for name, check in PARTS.items():
        try:
            state[name] = "ok" if check() else "missing"
        except Exception as error:
            # Whatever a part raises, the answer is that it is not ready; the log says why.
            log.warning("readyz.failed", part=name, error=str(error))
            state[name] = "unreachable"
    ready = all(word == "ok" for word in state.values())
    body = {"status": "ready" if ready else "not ready", "parts": state}
    return JsonResponse(body, status=200 if ready else 503)
