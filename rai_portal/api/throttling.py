"""How many requests the API takes of one person or address in a minute, all processes together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView


class _CountedThrottle(SimpleRateThrottle):
    """Counts requests in windows that follow each other.

    A number that the database adds to cannot lose one of two requests at once, as a list of times
    that each reads and writes back does.
    """

    wait_for: float = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request and return whether the limit still holds."""
        most, seconds = self.parse_rate(self.rate)
        key = self.get_cache_key(request, view)
        if most is None or seconds is None or key is None:
            return True
        window, into = divmod(self.timer(), seconds)
        self.wait_for = seconds - into
        return _count(f"{key}_{window:.0f}", within=seconds) <= most

    def wait(self) -> float:
        """Return in how many seconds the next window begins."""
        return self.wait_for


def _count(key: str, *, within: int) -> int:
    """Add one to the count, made where it is new, and return it."""
    try:
        return cache.incr(key)
    except ValueError:
        # Twice as long as the window, for processes whose clocks differ.
        cache.add(key, 0, timeout=2 * within)
        return cache.incr(key)


class AddressThrottle(_CountedThrottle, AnonRateThrottle):
    """Requests of one address that nobody signed in to."""


class PersonThrottle(_CountedThrottle, UserRateThrottle):
    """Requests of one person."""
