"""No process of a part outlives it: neither its being started again, nor the end of the portal."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rai_portal.launch import Children
from tests.waiting import wait_for

LEADER_WITH_A_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid) + "\\n")
time.sleep(0 if sys.argv[2] == "ends" else 600)
"""


@pytest.fixture
def children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Children]:
    monkeypatch.setenv("RAI_VAR", str(tmp_path))
    children = Children()
    yield children
    children.stop()


def start(children: Children, name: str, note: Path, *, then: str = "stays") -> int:
    """Start a process with a child of its own; return the child's number."""
    note.unlink(missing_ok=True)
    children.start(name, [sys.executable, "-c", LEADER_WITH_A_CHILD, str(note), then])
    wait_for(
        lambda: note.exists() and note.read_text().endswith("\n"),
        within=30,
        otherwise=(children.logs / f"{name}.log").read_text,
    )
    return int(note.read_text())


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def until_gone(pid: int) -> None:
    wait_for(lambda: not lives(pid), within=10, otherwise=lambda: f"{pid} still runs")


def test_what_a_killed_worker_left_running_ends_before_the_next_one_starts(
    children: Children, tmp_path: Path
) -> None:
    beat = start(children, "worker", tmp_path / "note")
    assert children.ended() is None
    assert lives(beat)
    os.kill(children.processes["worker"].pid, signal.SIGKILL)
    wait_for(lambda: children.ended() == "worker", within=10, otherwise=lambda: "It still runs")
    until_gone(beat)

    second = start(children, "worker", tmp_path / "note")
    assert children.ended() is None
    children.stop()
    until_gone(second)


def test_what_the_ended_demo_left_running_ends_though_the_portal_stays(
    children: Children, tmp_path: Path
) -> None:
    left = start(children, "demo", tmp_path / "note", then="ends")
    wait_for(
        lambda: children.ended() is None and not lives(left),
        within=10,
        otherwise=lambda: f"{left} still runs",
    )


def test_a_part_that_ended_before_the_stop_leaves_nothing_behind(
    children: Children, tmp_path: Path
) -> None:
    left = start(children, "worker", tmp_path / "note", then="ends")
    children.stop()
    until_gone(left)
