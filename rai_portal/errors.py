"""Refusals that reach a person as a sentence."""

from __future__ import annotations

import errno


class Refused(Exception):
    """A change that the domain does not allow. The text: what happened, what was kept, what to do.

    field: the form field it belongs to, where there is one.
    """

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class NotAllowed(Refused):
    """The person has no right to do it, though they may see the object: 403."""


class Conflict(Refused):
    """Somebody else was faster, or the object has moved on: 409."""


DISK_FULL = (
    "The disk of the portal is full. Nothing was kept. Ask an administrator to make room, then "
    "upload again."
)


def is_disk_full(error: OSError) -> bool:
    """Tell whether the disk, or the portal's share of it, has no room left."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}
