"""What every table shares: reads limited to what a person may see, digests of rows."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

import rfc8785
from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from rai_portal.accounts.models import User


class ScopedQuerySet[M: models.Model](models.QuerySet[M]):
    """A queryset whose reads begin at `visible_to(user)`."""

    portfolio_path: ClassVar[str] = "portfolio"
    """Lookup from this model to its portfolio."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the rows of portfolios that the person belongs to; none for a stranger."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        allowed = user.portfolio_ids
        if allowed is None:
            return self
        return self.filter(**{f"{self.portfolio_path}__in": allowed})


def _plain_number(value: int | float | Decimal) -> Any:
    """Return a number that no text is equal to: 0.5 and "0.5" are two settings, not one.

    RFC 8785 knows integers up to 2**53 and finite numbers only. A decimal column holds decimals
    alone, so that their text is no other value's.
    """
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {"integer": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"number": repr(value)}
    return str(value)


def _plain_time(value: dt.date) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return value.isoformat()


def plain(value: Any) -> Any:
    """Return the value in JSON types for canonical digests: times are text in UTC."""
    plain_value: Any = str(value)
    match value:
        case None | bool() | str():
            plain_value = value
        case int() | float() | Decimal():
            plain_value = _plain_number(value)
        case dt.date():
            plain_value = _plain_time(value)
        case bytes() | memoryview():
            plain_value = hashlib.sha256(bytes(value)).hexdigest()
        case dict():
            plain_value = {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            plain_value = [plain(item) for item in value]
    return plain_value


def canonical_digest(record: Any) -> str:
    """SHA-256 (hex) of the RFC 8785 canonical form of a record."""
    return hashlib.sha256(rfc8785.dumps(plain(record))).hexdigest()


def row_record(row: models.Model) -> dict[str, Any]:
    """Return the row's own columns as plain values, but those that are volatile.

    A model names volatile columns (progress, heartbeats) in `volatile_fields`.
    """
    volatile = getattr(row, "volatile_fields", ())
    return {
        field.attname: plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.attname not in volatile and field.name not in volatile
    }
