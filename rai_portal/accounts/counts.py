"""The cache that limits count in: wrong passwords, requests to the API.

It is a table, so that all processes of a portal count together, on one machine as on several, and
without a service of its own. What cannot be counted is refused: an error of the database is raised,
where Django's cache would say nothing and the limit would let everything through.
"""

from __future__ import annotations

import base64
import pickle
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from rai_portal.accounts.models.shared_count import SharedCount

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class SharedCounts(DatabaseCache):
    """Django's database cache, which loses no count and adds one in one step."""

    def set(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: Any = None
    ) -> None:
        """Keep the value in one statement; an error of the database is the caller's to see."""
        until = self.get_backend_timeout(timeout)
        row = SharedCount(
            cache_key=self.make_and_validate_key(key, version=version),
            value=_packed(value),
            expires=NEVER if until is None else datetime.fromtimestamp(until, tz=UTC),
        )
        SharedCount.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["cache_key"],
            update_fields=["value", "expires"],
        )

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """Add to a number that is there and return the sum; ValueError where none is.

        The row is locked from reading to writing: of two at once, none is lost.
        """
        full = self.make_and_validate_key(key, version=version)
        there = SharedCount.objects.filter(cache_key=full, expires__gt=timezone.now())
        with transaction.atomic():
            row = there.select_for_update().first()
            if row is None:
                message = f"There is no count {key!r}."
                raise ValueError(message)
            total: int = pickle.loads(base64.b64decode(row.value)) + delta  # noqa: S301 - our own row
            row.value = _packed(total)
            row.save(update_fields=["value"])
        return total

    def _cull(self, db: str, cursor: CursorWrapper, now: datetime, num: int) -> None:
        """Forget what has expired, and nothing else: many keys must not wipe out a count."""
        SharedCount.objects.filter(expires__lt=now).delete()


def _packed(value: Any) -> str:
    """Return the text that Django's database cache reads."""
    return base64.b64encode(pickle.dumps(value, pickle.HIGHEST_PROTOCOL)).decode("latin1")
