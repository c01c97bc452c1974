"""A whole portal in processes of its own, started as a user would, for journeys and recovery."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from rai_portal.launch import worker_command

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Portal:
    """Started by `rai_portal.launch` in a folder of its own; stop() ends every child."""

    def __init__(self, *, demo: bool = False, database: str = "", broker: str = "") -> None:
        self.var = Path(tempfile.mkdtemp(prefix="rai-portal-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = database
        self.environment = {
            **{key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"},
            "RAI_VAR": str(self.var),
            "PORT": str(self.port),
            "DEMO": "1" if demo else "0",
            "DATABASE_URL": database,
            "BROKER_URL": broker,
            "RAI_WORK_STALE_AFTER": "6",
        }
        for name in ("DATABASE_URL", "BROKER_URL"):
            if not self.environment[name]:
                del self.environment[name]
        self.process: subprocess.Popen[str] | None = None

    def start(self, within: float = 240) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rai_portal.launch"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        deadline = time.monotonic() + within
        printed = []
        assert self.process.stdout is not None
        while time.monotonic() < deadline:
            line = self.process.stdout.readline()
            printed.append(line)
            if line.startswith("ready "):
                return
            if not line and self.process.poll() is not None:
                break
        self.stop()
        message = "The portal did not get ready:\n" + "".join(printed) + self.logs()
        raise RuntimeError(message)

    def logs(self) -> str:
        texts = [
            f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}"
            for path in (self.var / "logs").glob("*.log")
        ]
        return "\n".join(texts)

    def manage(self, *arguments: str, code: str = "") -> str:
        answer = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            input=code or None,
        )
        assert answer.returncode == 0, answer.stderr[-3000:]
        return answer.stdout

    def shell(self, code: str) -> Any:
        """Run code that prints one JSON value, in the portal's own settings."""
        printed = self.manage("shell", "--no-imports", "-c", code)
        return json.loads(printed.strip().splitlines()[-1])

    def logins(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = json.loads(
            (self.var / "demo-logins.json").read_text(encoding="utf-8")
        )
        return found

    def readyz(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
            body: dict[str, Any] = json.load(answer)
            return body

    def processes(self) -> dict[int, str]:
        """Every process that runs on the portal's folder: number → command line."""
        mark = f"RAI_VAR={self.var}".encode()
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

    def kill(self, word: str = "") -> None:
        """End at once, without a chance to tidy up, what has the word in its command line."""
        for pid, command in self.processes().items():
            if word in command:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def kill_worker(self) -> None:
        """End every process of the worker, parents and children."""
        self.kill("celery")

    def start_worker(self) -> subprocess.Popen[bytes]:
        with (self.var / "logs" / "worker-again.log").open("ab") as log:
            return subprocess.Popen(
                worker_command(with_beat=True),
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Interrupt it as a person would; what is left after that is killed."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.var, ignore_errors=True)
        if self.database:
            drop_database(self.database)


def scratch_database(server: str) -> str:
    """Make a PostgreSQL database of its own and return its address."""
    import psycopg

    parts = urlsplit(server)
    name = f"rai_portal_{secrets.token_hex(6)}"
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as link:
        link.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(parts._replace(path=f"/{name}"))


def drop_database(url: str) -> None:
    import psycopg

    parts = urlsplit(url)
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as link:
        link.execute(f'DROP DATABASE IF EXISTS "{parts.path.lstrip("/")}" WITH (FORCE)')
