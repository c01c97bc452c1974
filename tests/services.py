"""PostgreSQL and Redis for the tests: the running ones, else started here, else one line."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

POSTGRES_URL = os.environ.get("RAI_TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/rai")
REDIS_URL = os.environ.get("RAI_TEST_BROKER_URL", "redis://127.0.0.1:6379/7")


class Missing(RuntimeError):
    """A service that the tests need is not here and cannot be started."""


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(port: int, name: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if _listens(port):
            return
        time.sleep(0.1)
    message = f"{name} was started and does not answer on port {port}."
    raise Missing(message)


def _postgres_tool(name: str) -> str | None:
    found = shutil.which(name)
    if found:
        return found
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(candidates[0]) if candidates else None


def postgres() -> str:
    """Return the address of a PostgreSQL server, started in a scratch folder if need be."""
    if "RAI_TEST_DATABASE_URL" in os.environ or _listens(5432):
        return POSTGRES_URL
    initdb, server = _postgres_tool("initdb"), _postgres_tool("postgres")
    if not initdb or not server or os.geteuid() == 0:
        message = "The tests need PostgreSQL: apt-get install postgresql, and start it."
        raise Missing(message)
    folder = tempfile.mkdtemp(prefix="rai-postgres-")
    subprocess.run(
        [initdb, "-D", folder, "-U", "postgres", "--auth=trust", "--no-sync"],
        check=True,
        capture_output=True,
    )
    process = subprocess.Popen(
        [server, "-D", folder, "-p", "5432", "-h", "127.0.0.1", "-k", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(process.terminate)
    _wait(5432, "PostgreSQL")
    return POSTGRES_URL


def redis() -> str:
    """Return the address of a Redis server, started here if need be."""
    if "RAI_TEST_BROKER_URL" in os.environ or _listens(6379):
        return REDIS_URL
    server = shutil.which("redis-server")
    if not server:
        message = "The tests need Redis: apt-get install redis-server."
        raise Missing(message)
    process = subprocess.Popen(
        [server, "--port", "6379", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(process.terminate)
    _wait(6379, "Redis")
    return REDIS_URL
