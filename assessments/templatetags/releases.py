"""The heads of systems and releases, for the pages of every room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.timezone import localdate

from assessments.rules.check_evidence import departure
from assessments.services.gate_page import NextAct, next_act
from assessments.services.gates import ReleaseGate, gate_outcomes, release_gate
from assessments.services.heads import measures, steps_of
from evaluations.models import Check
from rai_portal.accounts.choices import Role
from rai_portal.web.numbers import limit_text
from registry.models import AISystem, Release

register = template.Library()

TABS = (
    ("overview", "Overview", "system_detail"),
    ("releases", "Releases", "release_list"),
    ("risks", "Risks", "system_risks"),
    ("evaluations", "Evaluations", "system_evaluations"),
    ("decisions", "Decisions", "system_decisions"),
    ("documents", "Documents", "system_documents"),
    ("history", "History", "system_history"),
)


def _url(name: str, system: AISystem) -> str:
    if name == "system_evaluations":
        return f"{reverse('run_list')}?system={system.pk}"
    return reverse(name, args=[system.pk])


def _tabs(system: AISystem, active: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": _url(name, system), "active": key == active, "n": None}
        for key, label, name in TABS
    ]


def _found(context: Context, release: Release) -> ReleaseGate:
    """Return the gate that the view or another part of the page computed, or compute it."""
    given = context.get("found")
    if isinstance(given, ReleaseGate) and given.release.pk == release.pk:
        return given
    # A block cannot hand a variable to another block; what is kept for one rendering can.
    kept = context.render_context
    key = f"gate of {release.pk}"
    if key not in kept:
        kept[key] = release_gate(release)
    found: ReleaseGate = kept[key]
    return found


def _may_recommend(context: Context, release: Release) -> bool:
    user = context["request"].user
    return bool(user.has_role(Role.ANALYST, portfolio_id=release.portfolio_id))


@register.inclusion_tag("components/system_head.html", takes_context=True)
def system_head(context: Context, system: AISystem, tab: str = "overview") -> dict[str, Any]:
    """Show the head of a system with its tabs; goes into the block head of a page."""
    release = system.releases.order_by("-pk").first()
    found = _found(context, release) if release else None
    return {"system": system, "found": found, "release": release, "tabs": _tabs(system, tab)}


def _is_late(release: Release, outcome: str) -> bool:
    """Tell whether the planned day has passed and nothing allows the launch."""
    launch = release.planned_launch
    cleared = outcome in ("approved", "approved_with_conditions")
    return launch is not None and launch < localdate() and not cleared


@register.inclusion_tag("components/release_head.html", takes_context=True)
def release_head(context: Context, release: Release, step: str = "") -> dict[str, Any]:
    """Show the head of a release's system, its tabs and the release's seven steps."""
    found = _found(context, release)
    return {
        "system": release.system,
        "found": found,
        "release": release,
        "late": _is_late(release, found.gate.outcome),
        "tabs": _tabs(release.system, "releases"),
        "steps": steps_of(found, current=step, may_recommend=_may_recommend(context, release)),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What comes next for a release, as its scope page says it.

    scope_first: whether what the scope lacks comes before: nothing is tiered, or nothing of what
    is to be measured can be. act: the gate's next act, None when nothing waits for anybody.
    """

    found: ReleaseGate
    scope_first: bool
    act: NextAct | None


@register.simple_tag(takes_context=True)
def ahead_of(context: Context, release: Release) -> Ahead:
    """Return what comes next by the gate."""
    found = _found(context, release)
    return Ahead(
        found=found,
        scope_first=found.tier is None or (measures(found) and found.gate.decision_id == ""),
        act=next_act(found, context["request"].user),
    )


@register.simple_tag(takes_context=True)
def departures_of(context: Context, release: Release) -> dict[int, str]:
    """Return how planned checks fall short of what the policy asks, by the check's id."""
    found = _found(context, release)
    planned = found.inputs.checks if found.inputs else ()
    pairs = ((item, found.asked(item.requirement_key)) for item in planned)
    said = {
        int(item.check_id): departure(asked.measure, item)
        for item, asked in pairs
        if asked and asked.measure
    }
    return {pk: sentence for pk, sentence in said.items() if sentence}


@register.simple_tag(takes_context=True)
def policy_limit(context: Context, check: Check) -> str:
    """Return the limit that the policy asks for, such as "at most 0.10"; "" where it has none."""
    asked = _found(context, check.plan.release).asked(check.requirement)
    measure = asked.measure if asked else None
    if measure is None or measure.threshold is None:
        return ""
    return f"{measure.direction.replace('_', ' ')} {limit_text(measure.threshold)}"


@register.simple_tag
def outcomes_of(releases: list[Release]) -> dict[int, str]:
    """Return gate outcomes by release id for a list, in a constant number of queries."""
    return gate_outcomes([release for release in releases if release is not None])


@register.filter
def item(mapping: dict[Any, Any], key: object) -> object:
    """Return what a mapping holds under a key."""
    return mapping.get(key, "")
