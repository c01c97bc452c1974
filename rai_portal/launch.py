"""Starts the whole portal on one machine: migrations, assets, demo, web, worker.

`python -m rai_portal.launch` ends with the line `ready http://127.0.0.1:PORT` and runs until it is
interrupted; every child ends with it. A team's deployment starts the same parts one by one:
`python -m rai_portal.launch web` and so on.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
READY_WITHIN = 120.0
STOP_WITHIN = 15.0
MOST_RESTARTS, RESTARTS_WITHIN = 5, 600.0
"""How often, in how many seconds, a worker that ended is started again."""
UNUSED_ASSETS = ("*.js.map", "redoc", "rest_framework")
"""Assets of libraries that no page of ours loads."""


def port() -> str:
    """The port to listen on, from PORT."""
    return os.environ.get("PORT") or "8000"


def var() -> Path:
    """The folder of database, files, keys and logs, from RAI_VAR."""
    return Path(os.environ.get("RAI_VAR") or BASE_DIR / "var").resolve()


def manage(*arguments: str) -> list[str]:
    """Return the command line of a management command."""
    return [sys.executable, str(BASE_DIR / "manage.py"), *arguments]


def web_command() -> list[str]:
    """Web server: threads, since requests wait for the database more than they compute."""
    return [
        str(BIN / "gunicorn"), "rai_portal.wsgi:application",
        "--bind", f"{os.environ.get('RAI_BIND', '127.0.0.1')}:{port()}",
        "--workers", os.environ.get("RAI_WEB_WORKERS", "2"), "--threads", "8",
        "--timeout", "60", "--graceful-timeout", "10", "--max-requests", "5000",
        "--max-requests-jitter", "500", "--access-logfile", "-",
    ]  # fmt: skip


def worker_command(*, with_beat: bool) -> list[str]:
    """Worker; the embedded default carries the beat along."""
    name = "rai@%h" if not with_beat else "rai-local@%h"
    command = [
        str(BIN / "celery"), "-A", "rai_portal", "worker", "--loglevel", "INFO",
        "--concurrency", os.environ.get("RAI_WORKERS", "2"), "--hostname", name,
        "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    return [*command, "--beat"] if with_beat else command


def beat_command() -> list[str]:
    """The tick on its own, for deployments with several workers."""
    return [str(BIN / "celery"), "-A", "rai_portal", "beat", "--loglevel", "INFO"]


def prepare() -> None:
    """Migrate; in production also hash and compress the assets."""
    subprocess.run(manage("migrate", "--verbosity", "0"), check=True, cwd=BASE_DIR)  # noqa: S603 - our own command
    if os.environ.get("RAI_PRODUCTION", "0") == "0":
        return
    ignored = [part for name in UNUSED_ASSETS for part in ("--ignore", name)]
    subprocess.run(  # noqa: S603 - our own command
        manage("collectstatic", "--noinput", "--clear", "--verbosity", "0", *ignored),
        check=True,
        cwd=BASE_DIR,
    )


class Children:
    """Processes that end together, their own children too."""

    def __init__(self) -> None:
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.logs = var() / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a process in a group of its own, its output in a log file."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(  # noqa: S603 - our own command
                command, cwd=BASE_DIR, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def ended(self) -> str | None:
        """Return the name of a lasting process that ended; the demo's may end.

        What an ended process leaves running is killed: a worker's beat outlives a worker that was
        killed, and would tick beside the next one's.
        """
        gone = [name for name, process in self.processes.items() if _is_over(process)]
        return next((name for name in gone if name != "demo"), None)

    def stop(self) -> None:
        """End all groups: politely, then for sure."""
        for process in self.processes.values():
            if not _is_over(process):
                _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN
        while time.monotonic() < deadline and not all(map(_is_over, self.processes.values())):
            time.sleep(0.05)
        for process in self.processes.values():
            if not _is_over(process):
                _signal_group(process, signal.SIGKILL)
                process.wait()


def _is_over(process: subprocess.Popen[bytes]) -> bool:
    """Return whether the process ended; the first time, kill what is left of its group.

    Its number is its group's. Until it is waited for, no other process can have that number, so
    the group is killed before.
    """
    if process.returncode is not None:
        return True
    if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        return False
    _signal_group(process, signal.SIGKILL)
    process.wait()
    return True


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # A group in which only the ended leader is left refuses signals on some systems.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def is_ready() -> bool:
    """Ask the running portal whether every part is there."""
    url = f"http://127.0.0.1:{port()}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return bool(json.load(answer)["status"] == "ready")
    except (urllib.error.URLError, OSError, ValueError):
        return False


def wait_until_ready(children: Children) -> str | None:
    """Wait for all parts; return what went wrong, or None."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        dead = children.ended()
        if dead:
            return f"The {dead} process ended; its log is {children.logs / dead}.log."
        if is_ready():
            return None
        time.sleep(0.2)
    return f"Not every part answered within {READY_WITHIN:.0f} s; logs are in {children.logs}."


def say(text: str) -> None:
    """Print at once, whatever stands at the other end."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _stop_on_signal(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def demo_wanted() -> bool:
    """Whether the demo is to be seeded: unless DEMO=0."""
    return os.environ.get("DEMO", "1") != "0"


def _answer_signals(handler: Any) -> None:
    # A shell starts background jobs with SIGINT ignored, and a terminal that closes sends SIGHUP.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def run_all() -> int:
    """Start everything, say when it is ready, stay until interrupted."""
    _answer_signals(_stop_on_signal)
    if _port_taken():
        say(
            f"Port {port()} is in use, perhaps by a portal that runs already. Nothing was "
            "started. Stop it, or choose another: make run PORT=8001"
        )
        return 1
    children = Children()
    try:
        problem = _start(children)
        if problem:
            say(problem)
            return 1
        say(f"ready http://127.0.0.1:{port()}")
        return _stay(children)
    except KeyboardInterrupt:
        say("stopping")
        return 0
    except subprocess.CalledProcessError as error:
        say(f"A preparing step failed: {' '.join(map(str, error.cmd))}. Nothing was started.")
        return 1
    finally:
        _answer_signals(signal.SIG_IGN)
        children.stop()


def _start(children: Children) -> str | None:
    """Prepare and start every part; return what went wrong, or None."""
    prepare()
    if demo_wanted():
        subprocess.run(manage("demo", "prepare"), check=True, cwd=BASE_DIR)  # noqa: S603 - our own command
    children.start("web", web_command())
    children.start("worker", worker_command(with_beat=True))
    problem = wait_until_ready(children)
    if problem:
        return problem
    if demo_wanted():
        children.start("demo", manage("demo", "carry-out"))
        say(f"demo logins: {var() / 'demo-logins.json'}")
        _say_logins()
    else:
        say("Empty portal. Make the first administrator with: make administrator")
    return None


def _port_taken() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port()))) == 0


def _say_logins() -> None:
    logins = json.loads((var() / "demo-logins.json").read_text(encoding="utf-8"))
    for role, login in logins.items():
        say(f"  {role:<14} {login['email']:<36} {login['password']}")


def _may_restart(restarts: list[float]) -> bool:
    """Return whether the worker ended seldom enough to be started again, and note the time."""
    now = time.monotonic()
    restarts[:] = [at for at in restarts if now - at < RESTARTS_WITHIN]
    restarts.append(now)
    return len(restarts) <= MOST_RESTARTS


def _stay(children: Children) -> int:
    restarts: list[float] = []
    while True:
        dead = children.ended()
        if dead == "worker" and _may_restart(restarts):
            say(f"The worker ended; its log is {children.logs / dead}.log. It is started again.")
            children.start("worker", worker_command(with_beat=True))
        elif dead:
            say(f"The {dead} process ended; its log is {children.logs / dead}.log. Stopping.")
            return 1
        time.sleep(0.5)


def main(arguments: Sequence[str]) -> int:
    """Run everything, or one named part in the foreground."""
    parts = {
        "web": web_command,
        "worker": lambda: worker_command(with_beat=False),
        "beat": beat_command,
    }
    if not arguments:
        return run_all()
    if arguments[0] == "prepare":
        prepare()
        return 0
    if arguments[0] not in parts:
        say(f"Unknown part {arguments[0]!r}; choose from prepare, {', '.join(parts)}.")
        return 2
    command = parts[arguments[0]]()
    os.chdir(BASE_DIR)
    os.execv(command[0], command)  # noqa: S606 - our own command


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
