"""Refusals that reach a person as a sentence."""

from __future__ import annotations

import errno
import sqlite3


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


DATABASE_FULL = (
    "The disk of the portal is full. Nothing of this step was saved; what was saved before is kept. "
    "Ask an administrator to make room, then repeat the step."
)
POSTGRESQL_DISK_FULL = "53100"
SQLITE_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})


def is_disk_full(error: OSError) -> bool:
    """Tell whether the disk, or the portal's share of it, has no room left."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}


def tells_of_full_disk(error: BaseException | None) -> bool:
    """Tell whether an error, or one that led to it, is a disk without room: a file's, a database's.

    A database driver's error is the cause of the one that Django raises.
    """
    while error is not None:
        full = (
            getattr(error, "sqlite_errorcode", None) in SQLITE_FULL
            or getattr(error, "sqlstate", None) == POSTGRESQL_DISK_FULL
            or (isinstance(error, OSError) and is_disk_full(error))
        )
        if full:
            return True
        error = error.__cause__ or error.__context__
    return False
