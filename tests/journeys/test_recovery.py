"""A worker that is killed loses nothing, on the filesystem broker and on Redis."""

from __future__ import annotations

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
    parameters={{}}, title={title!r},
)
print(json.dumps(run.pk))
"""

STATE = """
import json
from evaluations.models import Run
run = Run.objects.get(pk={run})
print(json.dumps([run.state, run.attempts, run.message, run.result_digest]))
"""

AGAIN = """
import json
from evaluations.models import Run
from evaluations.services.runs import repeat_run
run = Run.objects.get(pk={run})
print(json.dumps(repeat_run(actor=run.started_by, run=run).pk))
"""

KILL_IN_FLIGHT = """
import os, signal, time
from evaluations.models import Run
deadline = time.monotonic() + 60
while Run.objects.get(pk=run.pk).state == "queued" and time.monotonic() < deadline:
    time.sleep(0.002)
for pid in {workers}:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
print(json.dumps([run.pk, Run.objects.get(pk=run.pk).state]))
"""
"""In one process with the start, so that the worker dies within milliseconds of its claim."""


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
    workers = [pid for pid, command in portal.processes().items() if "celery" in command]
    assert len(workers) > 1
    start = START.format(user=user, dataset=dataset, title="In flight")
    in_flight, state = portal.shell(start + KILL_IN_FLIGHT.format(workers=workers))
    assert state == "running"
    # The launcher starts the worker anew; the rows are all that is left of the one before.
    lost = until_ended(portal, in_flight)
    next_one = START.format(user=user, dataset=dataset, title="Waited")
    waited = until_ended(portal, portal.shell(next_one))
    again = until_ended(portal, portal.shell(AGAIN.format(run=in_flight)))
    assert portal.process is not None
    assert portal.process.poll() is None
    assert lost[0] == "succeeded", lost
    assert lost[1] == 2
    assert waited[0] == "succeeded", waited
    assert waited[1] == 1
    assert again[0] == "succeeded", again
    assert again[3] == lost[3]
