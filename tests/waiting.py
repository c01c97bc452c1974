"""Waits for a condition instead of a time."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_for(
    holds: Callable[[], bool], *, within: float, otherwise: Callable[[], str], every: float = 0.2
) -> None:
    """Return as soon as the condition holds; fail with what `otherwise` tells."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            message = f"It did not come about within {within:.0f} s.\n{otherwise()}"
            raise AssertionError(message)
        time.sleep(every)
