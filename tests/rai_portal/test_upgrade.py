"""A database of an earlier version, rows and guards included, is taken to the present one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.portal import drop_database, scratch_database

ASK = """
import json
from django.db import DatabaseError
from registry.models import Contribution, SystemContribution
kept = [[row.act, row.system.name, row.user.email] for row in SystemContribution.objects.all()]
try:
    SystemContribution.objects.all().delete()
except DatabaseError as error:
    refused = str(error)
print(json.dumps([kept, Contribution.objects.count(), "append-only" in refused]))
"""


def _done(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_acts_noted_by_release_are_carried_over_and_guarded(tmp_path: Path) -> None:
    server = os.environ.get("DATABASE_URL", "")
    database = scratch_database(server) if server else ""
    own = {"RAI_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "rai_portal.settings"}
    environment = {**os.environ, **own}
    environment.pop("DATABASE_URL", None)
    if database:
        environment["DATABASE_URL"] = database
    try:
        _done(environment, "-m", "tests.rai_portal.old_rows")
        _done(environment, "manage.py", "migrate", "--verbosity", "0")
        said = _done(environment, "manage.py", "shell", "--no-imports", "-c", ASK)
    finally:
        if database:
            drop_database(database)
    # Two releases noted the act on the system once each: it is one act on one system.
    assert json.loads(said) == [[["audit.attached", "S", "a@example.com"]], 4, True]
