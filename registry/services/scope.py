"""What a change makes of a release's scope: field by field, and as digests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from registry.models import Release

LABELS = {
    "version": "Version",
    "uses_sensitive_at_decision": "Uses a sensitive attribute at decision time",
    "system.kind": "Kind",
    "system.purpose": "Purpose",
    "system.intended_use": "Intended use",
    "system.out_of_scope_uses": "Out-of-scope uses",
    "system.affected_groups": "Affected groups",
    "system.decisions": "Decisions it takes part in",
    "system.jurisdictions": "Jurisdictions",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeChange:
    """A part of the scope that differs; "" where one side has none. is_digest: print in mono."""

    label: str
    before: str
    after: str
    is_digest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeDifference:
    """What differs between two releases, and their digests."""

    before_digest: str
    after_digest: str
    changes: tuple[ScopeChange, ...]


def difference(before: Release, after: Release) -> ScopeDifference:
    """Return what changed from one release to the other."""
    return ScopeDifference(
        before_digest=before.scope_digest(),
        after_digest=after.scope_digest(),
        changes=scope_changes(before.scope_record(), after.scope_record()),
    )


def scope_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[ScopeChange, ...]:
    """Compare two scope records (`Release.scope_record`); equal parts are left out."""
    first, second = dict(_parts(before)), dict(_parts(after))
    labels = [*first, *(label for label in second if label not in first)]
    return tuple(
        ScopeChange(
            label=label,
            before=first.get(label, ("", False))[0],
            after=second.get(label, ("", False))[0],
            is_digest=(first.get(label) or second[label])[1],
        )
        for label in labels
        if first.get(label) != second.get(label)
    )


def _parts(record: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Yield (label, (text, whether it is a digest)) for each part of a scope record."""
    for key, label in LABELS.items():
        home = record["system"] if key.startswith("system.") else record
        yield label, (_text(home[key.removeprefix("system.")]), False)
    for name, value in sorted(record["settings"].items()):
        yield f"Setting {name}", (_text(value), False)
    if record["model"]:
        yield "Model", (record["model"]["sha256"], True)
    counted: dict[str, int] = {}
    for dataset in record["datasets"]:
        counted[dataset["use"]] = counted.get(dataset["use"], 0) + 1
        number = f" {counted[dataset['use']]}" if counted[dataset["use"]] > 1 else ""
        label = f"{dataset['use'].capitalize()} data{number}"
        yield label, (dataset["sha256"], True)
        yield f"{label}, columns", (_roles(dataset["roles"]), False)


def _roles(roles: Mapping[str, Any]) -> str:
    named = "; ".join(f"{name}: {role}" for name, role in roles["columns"])
    values = [
        f"favourable {roles['favourable']}" if roles["favourable"] else "",
        f"positive {roles['positive_label']}" if roles["positive_label"] else "",
    ]
    edges = [f"{name} at {', '.join(held)}" for name, held in roles.get("edges", {}).items()]
    return "; ".join(part for part in (named, *values, *edges) if part)


def _text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
