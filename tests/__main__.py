"""`make test`: everything on SQLite, then what touches a database once more on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys

from tests import services

PURE = (
    "tests/evaluations/methods", "tests/evaluations/sources", "tests/assessments/rules",
    "tests/assessments/demo", "tests/assessments/documents/test_pdf.py", "tests/registry/reading",
    "tests/architecture", "tests/benchmarks", "tests/validation",
)  # fmt: skip


def pytest(*arguments: str, **environment: str) -> int:
    command = [
        sys.executable, "-m", "pytest", "-q", "-n", os.environ.get("RAI_TEST_PROCESSES", "auto"),
        "--dist", "loadgroup", "--durations", "10", *arguments,
    ]  # fmt: skip
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


def main() -> int:
    try:
        database, broker = services.postgres(), services.redis()
    except services.Missing as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    known = {"RAI_TEST_DATABASE_URL": database, "RAI_TEST_BROKER_URL": broker}
    sys.stdout.write("== PostgreSQL: what touches a database\n")
    sys.stdout.flush()
    ignored = [f"--ignore={path}" for path in PURE]
    on_postgres = pytest("-m", "not journey", *ignored, **known, DATABASE_URL=database)
    sys.stdout.write("== SQLite: everything\n")
    sys.stdout.flush()
    on_sqlite = pytest(**known)
    return on_postgres or on_sqlite


if __name__ == "__main__":
    sys.exit(main())
