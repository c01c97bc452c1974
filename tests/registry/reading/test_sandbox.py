"""The confined process: little memory, small files, no network, nothing of our environment."""

import json
import subprocess
import sys
import time

import pytest

from registry.reading import sandbox
from registry.reading.sandbox import Limits, Stopped, run_confined

LIMITS = {"memory_bytes": 2**30, "cpu_seconds": 5, "file_bytes": 4096, "open_files": 32}


def confined(code: str, **limits) -> subprocess.CompletedProcess:
    """Run code in a fresh interpreter after it has confined itself."""
    start = f"from registry.reading.sandbox import confine\nconfine({ {**LIMITS, **limits}!r})\n"
    return subprocess.run(
        [sys.executable, "-c", start + code], capture_output=True, text=True, check=False
    )


def interpreter(monkeypatch, tmp_path, script: str) -> None:
    """Put a shell script in the place of the child's interpreter."""
    path = tmp_path / "interpreter"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    monkeypatch.setattr(sandbox.sys, "executable", str(path))


def test_memory_is_limited():
    ended = confined("bytearray(2 * 2**30)")
    assert ended.returncode == 1
    assert "MemoryError" in ended.stderr


def test_time_is_limited():
    ended = confined("while True: pass", cpu_seconds=1)
    assert ended.returncode in (-24, -9)


def test_files_are_limited(tmp_path):
    ended = confined(f"open({str(tmp_path / 'x')!r}, 'wb').write(b'x' * 10_000)")
    assert ended.returncode != 0
    assert (tmp_path / "x").stat().st_size <= 4096


def test_open_files_are_limited():
    ended = confined("files = [open('/dev/null') for _ in range(64)]")
    assert "Too many open files" in ended.stderr


def test_the_child_gets_nothing_of_our_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret@host/db")
    monkeypatch.setenv("SECRET_KEY", "secret")
    interpreter(
        monkeypatch, tmp_path, 'printf \'{"answer": {"env": "%s"}}\\n\' "$(env | tr \'\\n\' \' \')"'
    )
    answer = run_confined("any", {}, limits=Limits())
    assert "secret" not in answer["env"]
    assert "DATABASE_URL" not in answer["env"]
    assert "OMP_NUM_THREADS=1" in answer["env"]


def test_the_child_is_killed_with_all_its_children_when_time_is_up(monkeypatch, tmp_path):
    interpreter(monkeypatch, tmp_path, f"(sleep 2; touch {tmp_path / 'late'}) & sleep 30")
    started = time.monotonic()
    with pytest.raises(Stopped) as caught:
        run_confined("any", {}, limits=Limits(wall_seconds=0.2))
    assert caught.value.why == "time"
    assert time.monotonic() - started < 2
    time.sleep(2.2)
    assert not (tmp_path / "late").exists()


@pytest.mark.parametrize(
    "script", ["exit 0", "echo garbage", "echo '[1]'", "echo '{\"answer\": {}}'; exit 3"]
)
def test_no_answer_or_a_bad_end_is_a_crash_and_never_an_answer(monkeypatch, tmp_path, script):
    interpreter(monkeypatch, tmp_path, script)
    with pytest.raises(Stopped) as caught:
        run_confined("any", {}, limits=Limits())
    assert caught.value.why == "crash"


def test_progress_is_passed_on_within_its_bounds(monkeypatch, tmp_path):
    lines = "echo '{\"progress\": 0.25}'; echo '{\"progress\": 7}'; sleep 0.4; "
    interpreter(monkeypatch, tmp_path, lines + 'echo \'{"answer": {"done": 1}}\'')
    seen: list[float] = []
    answer = run_confined("any", {}, limits=Limits(), on_progress=seen.append)
    assert seen == [0.25, 1.0]
    assert answer == {"done": 1}


def test_the_request_reaches_the_child_with_its_limits(monkeypatch, tmp_path):
    interpreter(monkeypatch, tmp_path, f"cat > {tmp_path / 'given'}; echo '{{\"answer\": {{}}}}'")
    run_confined("any", {"path": "x"}, limits=Limits(open_files=9))
    given = json.loads((tmp_path / "given").read_text())
    assert given["path"] == "x"
    assert given["limits"]["open_files"] == 9
