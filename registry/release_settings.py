"""Settings of a release are JSON that every database and every digest can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rai_portal.errors import Refused

MOST_DEPTH = 16
MOST_VALUES = 2_000


def checked_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings; Refused says what in them cannot be kept."""
    held = _Count()
    for name, value in settings.items():
        _check_text(name)
        _check(value, depth=1, held=held)
    return dict(settings)


class _Count:
    """How many values were seen so far."""

    def __init__(self) -> None:
        self.values = 0

    def one_more(self) -> None:
        self.values += 1
        if self.values > MOST_VALUES:
            raise _refused(f"hold more than {MOST_VALUES:,} values")


def _check(value: Any, *, depth: int, held: _Count) -> None:
    held.one_more()
    if depth > MOST_DEPTH:
        raise _refused(f"are nested more than {MOST_DEPTH} levels deep")
    if isinstance(value, float) and not math.isfinite(value):
        raise _refused("hold a number that is not finite")
    if isinstance(value, str):
        _check_text(value)
    if isinstance(value, dict):
        for name in value:
            _check_text(name)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _check(item, depth=depth + 1, held=held)


def _check_text(text: str) -> None:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _refused("hold a sign that is no letter (NUL, or half of a surrogate pair)")


def _refused(what: str) -> Refused:
    return Refused(f"The settings {what}. Nothing was saved. Mend them.", field="settings")
