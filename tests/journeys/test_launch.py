"""The second start is quick and loses nothing; Ctrl-C leaves no process behind."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal import Portal
from tests.waiting import wait_for

pytestmark = pytest.mark.xdist_group("launch")

SECOND_START_WITHIN = 30
"""Twice the 15 s that hold on a machine of its own: tests share theirs with other tests."""

KEEP = """
import json
from rai_portal.accounts.models import Portfolio
made = Portfolio.objects.create(name="Kept through a restart")
print(json.dumps(made.pk))
"""
FIND = """
import json
from rai_portal.accounts.models import Portfolio
print(json.dumps(list(Portfolio.objects.values_list("pk", "name"))))
"""


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal()
    yield portal
    portal.remove()


def processes(portal: Portal) -> dict[int, str]:
    """Every process that runs on the portal's folder: number → command line."""
    mark = f"RAI_VAR={portal.var}".encode()
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
            if command and mark in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = command.replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def test_a_second_start_is_quick_and_keeps_the_data_and_ctrl_c_ends_every_child(
    portal: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    portal.start()
    made = portal.shell(KEEP)
    running = processes(portal)
    assert any("gunicorn" in command for command in running.values()), running
    assert any("celery" in command for command in running.values()), running

    assert portal.process is not None
    portal.process.send_signal(signal.SIGINT)
    assert portal.process.wait(30) == 0
    wait_for(
        lambda: not processes(portal), within=10, otherwise=lambda: f"Left: {processes(portal)}"
    )

    begun = time.monotonic()
    portal.start()
    took = time.monotonic() - begun
    with capsys.disabled():
        print(f"\nsecond start ready after {took:.1f} s")  # noqa: T201
    assert took < SECOND_START_WITHIN
    assert portal.readyz()["status"] == "ready"
    assert [made, "Kept through a restart"] in portal.shell(FIND)

    portal.process.send_signal(signal.SIGINT)
    assert portal.process.wait(30) == 0
    wait_for(
        lambda: not processes(portal), within=10, otherwise=lambda: f"Left: {processes(portal)}"
    )
