"""The gate as people read it: rows with links that mend, the next act and who does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from assessments.rules.check_evidence import REPLACE
from assessments.rules.gate import RequirementStatus
from assessments.rules.statuses import SEVERITY
from assessments.rules.wording import first_few, lowered
from assessments.services.evidence import FILED, may_be_filed
from assessments.services.exceptions import rule_for
from assessments.services.gates import ReleaseGate

if TYPE_CHECKING:
    from rai_portal.accounts.models import User

GROUPS = (
    ("Evaluations", frozenset({"evaluation"})),
    ("Documents and controls", frozenset({"document", "control"})),
    ("Sign-offs", frozenset({"sign_off"})),
    ("Risks and findings", frozenset({"risk", "finding"})),
    ("Monitoring", frozenset({"monitoring"})),
)

ROLE_NAMES = {"analyst": "Analyst", "owner": "Owner", "reviewer": "Specialist reviewer"}

FIRST_TO_MEND = {"inconclusive": 1, "not_estimable": 1, "failed": 2, "running": 3}
"""What waits for somebody's act comes before what waits for more data, and for a new release."""

LONGEST_LABEL = 44

CHANGES = frozenset({"analyst", "owner"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One requirement as the page shows it."""

    status: RequirementStatus
    url: str
    rests_url: str
    mend_url: str
    by: str
    mine: bool
    exception_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows under one heading."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAct:
    """What to do now. mine: whether the reader can do it. then: who goes on, with what."""

    text: str
    who: str
    url: str
    label: str
    mine: bool
    then: str


def rows_of(found: ReleaseGate, user: User) -> tuple[Row, ...]:
    """Return every requirement with its links."""
    roles = user.roles_in(found.release.portfolio_id)
    return tuple(_row(found, status, roles) for status in found.gate.requirements)


def groups_of(rows: tuple[Row, ...]) -> tuple[Group, ...]:
    """Return the rows under their headings; empty headings are left out."""
    groups = (
        Group(title=title, rows=tuple(row for row in rows if row.status.category in categories))
        for title, categories in GROUPS
    )
    return tuple(group for group in groups if group.rows)


def counts_of(found: ReleaseGate) -> dict[str, int]:
    """Return how many requirements have each status, the worst first."""
    order = ("failed", "error", "inconclusive", "not_estimable", "missing", "stale", "running")
    counted = dict(found.gate.counts)
    rest = [name for name in SEVERITY if name not in order]
    return {name: counted[name] for name in (*order, *rest) if name in counted}


def asked_of(found: ReleaseGate) -> tuple[RequirementStatus, ...]:
    """Return the requirements that the policy asks of this release."""
    return tuple(item for item in found.gate.requirements if item.status != "not_applicable")


def lead_of(found: ReleaseGate) -> str:
    """Return the answer in one sentence."""
    gate, version = found.gate, found.release.version
    if not gate.requirements or gate.outcome != "blocked" or not gate.blockers:
        return gate.reason
    asked = len(asked_of(found))
    verb = "is" if len(gate.blockers) == 1 else "are"
    failed = sum(
        item.status == "failed" and item.category == "evaluation" for item in gate.requirements
    )
    tail = f", {failed} of them failed on measured numbers" if failed else ""
    return (
        f"Release {version} cannot launch: {len(gate.blockers)} of {asked} requirements {verb} "
        f"open{tail}."
    )


def next_act(found: ReleaseGate, user: User) -> NextAct | None:
    """Return the next act: one of the reader's first, else the first of somebody else."""
    release, roles = found.release, user.roles_in(found.release.portfolio_id)
    changes = bool(roles & CHANGES)
    if found.tier is None:
        return NextAct(
            text="answer the intake, so that the tier and its requirements are known",
            who="Analyst or owner",
            url=reverse("intake_form", args=[release.pk]),
            label="Answer the intake",
            mine=changes,
            then="",
        )
    if found.gate.outcome == "refused":
        return _next_release(found, mine=changes)
    rows = [row for row in rows_of(found, user) if row.status.is_open and row.status.mend]
    if rows:
        return _from_rows(rows)
    if found.gate.ready and found.gate.outcome not in {"approved", "approved_with_conditions"}:
        return NextAct(
            text="ask the board for a decision",
            who="Analyst",
            url=reverse("review_new", args=[release.pk]),
            label="Recommend",
            mine="analyst" in roles,
            then="",
        )
    return None


def _next_release(found: ReleaseGate, *, mine: bool) -> NextAct:
    """A no-go settles this scope; what is open is mended in another release."""
    return NextAct(
        text="mend what kept it from launch, in a new release",
        who="Analyst or owner",
        url=reverse("release_new", args=[found.release.system_id]),
        label="Make a new release",
        mine=mine,
        then="",
    )


def _from_rows(rows: list[Row]) -> NextAct:
    ordered = sorted(rows, key=lambda row: FIRST_TO_MEND.get(row.status.status, 0))
    first = next((row for row in ordered if row.mine), ordered[0])
    others = sorted({row.by for row in rows if row.by and row.by != first.by})
    then = "; ".join(
        f"{who.lower()}: {_named([row for row in rows if row.by == who])}" for who in others
    )
    text, label = _act(first.status)
    return NextAct(
        text=text, who=first.by, url=first.mend_url, label=label, mine=first.mine, then=then
    )


def _act(status: RequirementStatus) -> tuple[str, str]:
    """Return the act as part of a sentence, and as the words of a button."""
    mend, name = lowered(status.mend), lowered(status.short_title)
    filed = status.rests_on is not None and status.rests_on.kind == "document"
    match status.status:
        case "inconclusive" | "not_estimable" if not filed:
            return f"collect more data for {name}: {mend}", "Add data"
        case "failed" if status.category == "evaluation":
            return f"{mend} ({name})", "Make a new release"
    label = status.mend if len(status.mend) <= LONGEST_LABEL else "Open it"
    return f"{mend} ({name})", label


def _named(rows: list[Row]) -> str:
    return first_few([lowered(row.status.short_title) for row in rows], between="; ")


def _row(found: ReleaseGate, status: RequirementStatus, roles: frozenset[str]) -> Row:
    release = found.release
    rule = rule_for(found, status) if status.is_open else None
    excusable = rule is not None and bool(rule.roles) and bool(roles & CHANGES)
    args = [release.pk, status.key]
    return Row(
        status=status,
        url=reverse("requirement_detail", args=args),
        rests_url=_rests_url(found, status),
        mend_url=_mend_url(found, status) if status.mend and _may_mend(status, roles) else "",
        by=ROLE_NAMES.get(status.mend_by, status.mend_by.capitalize()),
        mine=status.is_open and status.mend_by in roles,
        exception_url=reverse("exception_new", args=args) if excusable else "",
    )


def _may_mend(status: RequirementStatus, roles: frozenset[str]) -> bool:
    """Return whether the page that mends it opens to these roles; others get words, no link."""
    if status.category == "sign_off" or status.mend_by == "reviewer":
        return "reviewer" in roles
    return bool(roles & CHANGES)


def _rests_url(found: ReleaseGate, status: RequirementStatus) -> str:
    rests = status.rests_on
    if rests is None:
        return ""
    page = reverse("requirement_detail", args=[found.release.pk, status.key])
    match rests.kind:
        case "run":
            return reverse("run_detail", args=[rests.id])
        case "risks":
            return reverse("release_risks", args=[found.release.pk])
        case "findings":
            return _findings_url(found)
        case "sign_off" | "exception":
            return f"{page}#{rests.kind}-{rests.id}"
    return f"{page}#evidence-{rests.id}"


def _findings_url(found: ReleaseGate) -> str:
    return f"{reverse('finding_list')}?system={found.release.system_id}"


def _mend_url(found: ReleaseGate, status: RequirementStatus) -> str:
    release = found.release
    args = [release.pk, status.key]
    if status.category in FILED:
        return reverse("evidence_new", args=args)
    match status.category:
        case "sign_off":
            failed = status.status == "failed"
            return reverse("requirement_detail" if failed else "sign_off_new", args=args)
        case "risk":
            return reverse("release_risks", args=[release.pk])
        case "finding":
            return _findings_url(found)
    if may_be_filed(found, status):
        name = "evidence_new" if status.status == "missing" else "requirement_detail"
        return reverse(name, args=args)
    return _mend_measured(found, status)


def _mend_measured(found: ReleaseGate, status: RequirementStatus) -> str:
    release, asked = found.release, found.asked(status.key)
    if asked and asked.measure and asked.measure.needs_column:
        return reverse("release_detail", args=[release.pk])
    if found.plan is None:
        return reverse("plan_propose", args=[release.pk])
    planned = any(check.requirement == status.key for check in found.checks)
    if status.mend == REPLACE or (found.plan.locked and planned and _of_the_plan(status)):
        return reverse("plan_replace", args=[release.pk])
    if not found.plan.locked or not planned:
        return reverse("plan_detail", args=[release.pk])
    return _mend_run(found, status)


def _of_the_plan(status: RequirementStatus) -> bool:
    """Return whether the plan itself has to change, which a locked one does not."""
    return status.status == "missing" and status.mend.startswith("Plan the check")


def _mend_run(found: ReleaseGate, status: RequirementStatus) -> str:
    release = found.release
    match status.status:
        case "failed":
            return reverse("release_new", args=[release.system_id])
        case "inconclusive" | "not_estimable":
            return f"{reverse('dataset_new')}?release={release.pk}"
        case "error" | "running" if status.rests_on:
            return reverse("run_detail", args=[status.rests_on.id])
    return reverse("release_runs", args=[release.pk])
