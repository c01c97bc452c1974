"""What every page knows: the side bar, limited to what the person can use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from rai_portal.accounts.choices import Role

EVERYBODY = frozenset(Role.values)
AUDIENCE_ADMIN = frozenset({Role.ADMINISTRATOR})
AUDIENCE_AUDIT = frozenset({Role.AUDITOR, Role.ADMINISTRATOR, Role.EXECUTIVE, Role.BOARD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the side bar; `match` are the url names on which it is the current one."""

    label: str
    url_name: str
    match: frozenset[str]
    items: tuple[Entry, ...] = ()
    audience: frozenset[str] = EVERYBODY


def entry(
    label: str, url_name: str, *match: str, items: tuple[Entry, ...] = (),
    audience: frozenset[str] = EVERYBODY,
) -> Entry:  # fmt: skip
    """Return an entry that is current on its own page and on those named."""
    return Entry(
        label=label,
        url_name=url_name,
        match=frozenset({url_name, *match}),
        items=items,
        audience=audience,
    )


ENTRIES: tuple[Entry, ...] = (
    entry("My work", "home"),
    entry(
        "Systems", "system_list", "system_", "release_", "intake_", "tier_", "plan_", "gate",
        "requirement_", "evidence_", "sign_off_", "exception_",
    ),
    entry("Risks", "risk_list", "risk_", "mitigation_", "finding_"),
    entry(
        "Evaluations", "run_list",
        items=(
            entry("Runs", "run_list", "run_"),
            entry("Quick audit", "audit_new", "audit_"),
            entry("Datasets", "dataset_list", "dataset_"),
            entry("Catalogue", "method_list", "method_"),
        ),
    ),
    entry(
        "Reviews", "review_list",
        items=(
            entry("Agenda", "review_list", "review_"),
            entry("Decision log", "decision_list", "decision_"),
        ),
    ),
    entry("Library", "policy_detail", items=(entry("Policy", "policy_detail", "policy_"),)),
    entry(
        "Audit", "ledger_list",
        items=(entry("Ledger", "ledger_list", "ledger_"), entry("Packs", "pack_list", "pack_")),
        audience=AUDIENCE_AUDIT,
    ),
    entry("Administration", "people_list", "people_", audience=AUDIENCE_ADMIN),
)  # fmt: skip


def _current(item: Entry, url_name: str) -> bool:
    if any(_current(child, url_name) for child in item.items):
        return True
    return any(
        url_name == name or (name.endswith("_") and url_name.startswith(name))
        for name in item.match
    )


def _shown(item: Entry, url_name: str) -> dict[str, Any]:
    return {
        "label": item.label,
        "url": reverse(item.url_name),
        "active": _current(item, url_name),
        "items": [_shown(child, url_name) for child in item.items],
    }


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the side bar for templates; empty before sign-in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": []}
    match = request.resolver_match
    url_name = match.url_name or "" if match else ""
    roles = {role for role, _ in user.grants}
    return {
        "navigation": [_shown(item, url_name) for item in ENTRIES if item.audience & roles],
        "who": {"name": str(user), "role": user.role_label},
    }
