"""A status with its reason, as the evidence gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assessments.rules.gate_inputs import Numbers
from assessments.rules.statuses import Basis, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class RestsOn:
    """What a status rests on. kind: run, document, sign_off, exception, risks or findings."""

    kind: str
    id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A status with its reason, before exceptions. mend "": nothing to do."""

    status: Status
    reason: str
    basis: Basis
    rests_on: RestsOn | None = None
    mend: str = ""
    mend_by: str = ""
    numbers: Numbers | None = None


def by_id[T](items: Iterable[T], key: Callable[[T], str]) -> list[T]:
    """Return the items in an order that does not depend on how they came; numbers by size."""
    return sorted(items, key=lambda item: (len(key(item)), key(item)))
