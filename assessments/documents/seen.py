"""What the deciders saw beside the gate: kept with the decision, so that its papers never move."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from assessments.documents.facts import (
    Change,
    Filed,
    PlanFacts,
    ReleaseFacts,
    RiskFacts,
    SystemFacts,
    TierFacts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The facts of a release that move on after a decision. runs: ids of those it rests on."""

    system: SystemFacts
    release: ReleaseFacts
    tier: TierFacts
    risks: tuple[RiskFacts, ...]
    runs: tuple[int, ...]
    plan: PlanFacts | None
    changes: tuple[Change, ...]
    quorum: str
    filed: tuple[Filed, ...]


def restored(record: Mapping[str, Any]) -> Seen:
    """Return what was kept; KeyError where a fact is missing, never a guess in its place."""
    seen: Seen = _facts(Seen, record)
    return seen


def _facts(kind: Any, record: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(**{item.name: _value(hints[item.name], record[item.name]) for item in fields(kind)})


def _value(hint: Any, value: Any) -> Any:
    """Return a plain JSON value as the type that the field states."""
    if value is None:
        return None
    if get_origin(hint) in {Union, UnionType}:
        (hint,) = (one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], item) for item in value)
    if is_dataclass(hint):
        return _facts(hint, value)
    if hint in {dt.date, dt.datetime}:
        return hint.fromisoformat(value)
    return value
