"""A folder for what the tests keep, gone with the process that made it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile


def scratch() -> str:
    """Return a folder of this process alone: tests look at what was kept, none sees another's."""
    worker = "PYTEST_XDIST_WORKER" in os.environ
    if not worker and "RAI_VAR" in os.environ:
        return os.environ["RAI_VAR"]
    made = tempfile.mkdtemp(prefix="rai-tests-", dir=os.environ.get("RAI_TEST_VAR"))
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(made, ignore_errors=True)

    atexit.register(remove)
    if not worker:
        os.environ["RAI_TEST_VAR"] = made  # workers started from here keep theirs within it
    return made
