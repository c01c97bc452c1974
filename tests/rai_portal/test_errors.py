"""A disk without room is told from every other fault of a disk."""

from __future__ import annotations

import errno

import pytest

from rai_portal.errors import is_disk_full


@pytest.mark.parametrize(
    ("number", "full"),
    [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EIO, False), (errno.EACCES, False)],
)
def test_no_room_on_the_disk_and_a_spent_quota_both_mean_full(number: int, full: bool) -> None:
    assert is_disk_full(OSError(number, "a fault")) is full
