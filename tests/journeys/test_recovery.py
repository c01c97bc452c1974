"""A worker that is killed loses nothing, on the filesystem broker and on Redis."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests import services
from tests.portal import Portal, scratch_database

pytestmark = pytest.mark.xdist_group("recovery")

WITHIN = 120

BEGIN = """
import json
from rai_portal.accounts.models import Membership, Portfolio, User
from evaluations.services.runs import start_uncounted_run
from registry.services.datasets import ColumnRoleInput, set_roles, upload_dataset
portfolio = Portfolio.objects.create(name="Recovery")
user = User.objects.create_user("recovery@example.org", "x" * 20, name="Recovery")
Membership.objects.create(user=user, portfolio=portfolio, role="analyst")
rows = b"id,race,approved,predicted\\n" + b"".join(
    b"%d,%s,%d,%d\\n" % (n, b"AB"[n % 2 : n % 2 + 1], n % 3 > 0, n % 5 > 0) for n in range(400)
)
dataset = upload_dataset(
    actor=user, portfolio=portfolio, name="Rows", chunks=[rows], original_name="rows.csv"
)
print(json.dumps([user.pk, dataset.pk]))
"""

START = """
import json
from rai_portal.accounts.models import User
from evaluations.services.runs import start_uncounted_run
from registry.models import Dataset
from registry.services.datasets import ColumnRoleInput, set_roles
user, dataset = User.objects.get(pk={user}), Dataset.objects.get(pk={dataset})
set_roles(
    actor=user, dataset=dataset, favourable="1", positive_label="1", outcome_word="approved",
    roles={{
        "id": ColumnRoleInput(role="id"), "approved": ColumnRoleInput(role="label"),
        "predicted": ColumnRoleInput(role="prediction"),
        "race": ColumnRoleInput(role="sensitive", purpose="Testing", legal_basis="ECOA"),
    }},
)
run = start_uncounted_run(
    actor=user, portfolio=dataset.portfolio, method="fairness.group_rates", dataset=dataset,
    parameters={{}}, title="Recovery",
)
print(json.dumps(run.pk))
"""

STATE = """
import json
from evaluations.models import Run
run = Run.objects.get(pk={run})
print(json.dumps([run.state, run.attempts, run.message, run.result_digest]))
"""

LOSE = """
import json
from datetime import timedelta
from django.utils import timezone
from evaluations.models import Run
claimed = Run.objects.filter(pk={run}, state="queued").update(
    state="running", claim="0" * 32, attempts=1, started_at=timezone.now(),
    heartbeat_at=timezone.now() - timedelta(seconds=60),
)
print(json.dumps(claimed))
"""


def until_ended(portal: Portal, run: int, within: float = WITHIN) -> tuple[str, int, str, str]:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        state, attempts, message, digest = portal.shell(STATE.format(run=run))
        if state in {"succeeded", "failed", "cancelled"}:
            return state, attempts, message, digest
        time.sleep(0.5)
    raise AssertionError(portal.logs())


@pytest.fixture(params=["filesystem", "redis"])
def portal(request: pytest.FixtureRequest) -> Iterator[Portal]:
    if request.param == "redis":
        portal = Portal(database=scratch_database(services.postgres()), broker=services.redis())
    else:
        portal = Portal()
    portal.start()
    yield portal
    portal.remove()


def test_runs_of_a_killed_worker_are_finished_by_the_next(portal: Portal) -> None:
    user, dataset = portal.shell(BEGIN)
    portal.kill_worker()
    # The launcher ends when its worker does: the rows are all that is left.
    assert portal.process is not None
    portal.process.wait(40)

    never_sent = portal.shell(START.format(user=user, dataset=dataset))
    in_flight = portal.shell(
        START.replace("Recovery", "In flight").format(user=user, dataset=dataset)
    )
    assert portal.shell(LOSE.format(run=in_flight)) == 1

    worker = portal.start_worker()
    try:
        first = until_ended(portal, never_sent)
        second = until_ended(portal, in_flight)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
    assert first[0] == "succeeded", first
    assert second[0] == "succeeded", second
    assert second[1] == 2
    assert first[3] == second[3]
