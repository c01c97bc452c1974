"""Runs one of our modules in a process of its own, with little memory, time and no secrets.

The parent calls `run_confined`; the module calls `confine` before it touches the file.
The child gets its request as JSON on standard input and writes JSON lines to standard output:
`{"progress": 0.5}` any number of times, then one line with its answer.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

GIB = 1024**3
_POLL_SECONDS = 0.05
_ANSWER_LIMIT = 16 * 1024**2
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the child may use. memory: address space; xgboost alone maps some 0.7 GiB."""

    memory_bytes: int = 4 * GIB
    cpu_seconds: int = 60
    wall_seconds: float = 60.0
    file_bytes: int = 16 * 1024**2
    open_files: int = 64
    input_bytes: int = GIB
    """Largest file that is looked at at all."""


class Stopped(RuntimeError):
    """The child gave no answer. why: "time", "memory" or "crash"; detail is for the log."""

    def __init__(self, why: str, detail: str) -> None:
        super().__init__(f"The confined reader stopped ({why}).")
        self.why = why
        self.detail = detail


def confine(limits: Mapping[str, Any]) -> None:
    """Take away what the calling process does not need; cannot be undone by it."""
    memory, seconds = int(limits["memory_bytes"]), int(limits["cpu_seconds"])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limits["file_bytes"]),) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(limits["open_files"]),) * 2)
    _die_with_parent()
    _leave_the_network()


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent is killed; elsewhere limits must do."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _leave_the_network() -> None:
    """Move to an empty network namespace where the kernel lets an ordinary process do so."""
    unshare = getattr(os, "unshare", None)
    if unshare is None:
        return
    flags = os.CLONE_NEWNET if os.geteuid() == 0 else os.CLONE_NEWNET | os.CLONE_NEWUSER
    with contextlib.suppress(OSError):
        unshare(flags)


def run_confined(
    module: str,
    request: Mapping[str, Any],
    *,
    limits: Limits,
    on_progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Run `python -I -m module` on the request and return its answer; raise Stopped if none."""
    with tempfile.TemporaryDirectory(prefix="rai-confined-") as directory:
        home = Path(directory)
        out, err = home / "out", home / "err"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-I", "-X", "utf8", "-m", module],
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=stderr,
                env=_environment(home),
                cwd=home,
                start_new_session=True,
            )
            try:
                _send(process, {**request, "limits": asdict(limits)})
                in_time = _wait(process, out, limits.wall_seconds, on_progress)
            finally:
                _kill(process)
        detail = _tail(err)
        if not in_time:
            raise Stopped("time", detail)
        return _answer(out, process.returncode, detail)


def _environment(home: Path) -> dict[str, str]:
    """Nothing of ours: no database address, no keys; one thread for numeric libraries."""
    single = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS")
    places = {"HOME": str(home), "TMPDIR": str(home), "MPLCONFIGDIR": str(home)}
    return {"LANG": "C.UTF-8", **places, **dict.fromkeys(single, "1")}


def _send(process: subprocess.Popen[bytes], request: Mapping[str, Any]) -> None:
    if process.stdin is None:  # pragma: no cover - always a pipe, see run_confined
        return
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(request).encode())
        process.stdin.close()


def _wait(
    process: subprocess.Popen[bytes],
    out: Path,
    seconds: float,
    on_progress: Callable[[float], None] | None,
) -> bool:
    """Wait for the end, passing progress on; False when the time is up."""
    deadline = time.monotonic() + seconds
    seen = 0
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        if on_progress is not None:
            seen = _pass_on(out, seen, on_progress)
        time.sleep(_POLL_SECONDS)
    return True


def _pass_on(out: Path, seen: int, on_progress: Callable[[float], None]) -> int:
    with out.open("rb") as stream:
        stream.seek(seen)
        text = stream.read(65536)
    whole = text.rpartition(b"\n")[0]
    for line in whole.splitlines():
        share = _record(line).get("progress")
        if isinstance(share, int | float):
            on_progress(min(max(float(share), 0.0), 1.0))
    return seen + (len(whole) + 1 if whole else 0)


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tail(path: Path) -> str:
    with path.open("rb") as stream:
        stream.seek(max(path.stat().st_size - 2000, 0))
        return stream.read().decode("utf-8", "replace")


def _answer(out: Path, code: int, detail: str) -> dict[str, Any]:
    if code == -signal.SIGXCPU or (code == -signal.SIGKILL and "MemoryError" not in detail):
        raise Stopped("time", detail)
    if out.stat().st_size > _ANSWER_LIMIT:
        raise Stopped("crash", "The answer is larger than any honest one.")
    lines = out.read_bytes().splitlines()
    answer = _record(lines[-1]) if lines else {}
    if code == 0 and "answer" in answer:
        return dict(answer["answer"])
    if "MemoryError" in detail or "bad_alloc" in detail:
        raise Stopped("memory", detail)
    raise Stopped("crash", f"exit {code}: {detail}")


def say(record: Mapping[str, Any]) -> None:
    """Write one JSON line to the parent (for use in the child)."""
    sys.stdout.write(json.dumps(record, allow_nan=False) + "\n")
    sys.stdout.flush()
