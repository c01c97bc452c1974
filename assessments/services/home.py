"""My work: what is due, waits or ended, by the roles of the person. Queries do not grow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, Max, Prefetch, Q, QuerySet
from django.urls import reverse

from assessments.choices import ReviewState
from assessments.models import Decision, ExceptionGrant, Review, Vote
from assessments.rules.gate import RequirementStatus
from assessments.rules.risk_evidence import residual_level
from assessments.services.gate_page import CHANGES, NextAct, asked_of, next_act
from assessments.services.gates import ReleaseGate, release_gates
from assessments.services.home_systems import live_unapproved, tier_bars
from evaluations.choices import VerdictWord
from evaluations.models import Run, RunVerdict
from evaluations.queries.run_lists import verdict_counts
from evaluations.queries.run_page import WORST_FIRST, verdict_text
from rai_portal.accounts.choices import Role
from rai_portal.work.choices import WorkState
from registry.models import AISystem, Mitigation, Release, Risk

if TYPE_CHECKING:
    from rai_portal.accounts.models import User

SHOWN = 8
LOOKED_AT = 20
"""Newest releases whose gates are computed for this page."""

SETTLED = frozenset({"approved", "approved_with_conditions", "refused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The one thing to begin with."""

    sentence: str
    detail: str
    url: str
    label: str
    second_url: str = ""
    second_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """A mitigation with its day. days: until due, negative when overdue, None without a day."""

    mitigation: Mitigation
    overdue: bool
    days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRun:
    """A run with how many checks say what, and the check to read first; None without checks."""

    run: Run
    counts: dict[str, int]
    worst: RunVerdict | None
    numbers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A requirement that waits for a specialist."""

    release: Release
    status: RequirementStatus
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenRisk:
    """A risk over appetite that nobody has taken."""

    risk: Risk
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An exception that waits for an answer, with the title of its requirement."""

    exception: ExceptionGrant
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A release with its gate and the next act."""

    found: ReleaseGate
    act: NextAct | None

    @property
    def asked(self) -> int:
        """How many requirements the policy asks of it."""
        return len(asked_of(self.found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Everything on the page; parts that are not of the person's roles are empty."""

    roles: frozenset[str]
    start: Start | None
    due: tuple[DueItem, ...]
    runs: tuple[EndedRun, ...]
    standings: tuple[Standing, ...]
    sections: tuple[Section, ...]
    agenda: tuple[Review, ...]
    exceptions: tuple[Request, ...]
    risks: tuple[TakenRisk, ...]
    decisions: tuple[Decision, ...]
    tiers: tuple[dict[str, object], ...]
    systems: int
    live_unapproved: tuple[AISystem, ...]

    @property
    def overdue(self) -> int:
        """How many of the mitigations shown are overdue."""
        return sum(item.overdue for item in self.due)


def home_of(user: User, *, now: dt.datetime) -> Home:
    """Return the page's content for the person."""
    roles = frozenset(role for role, _ in user.grants)
    found = _newest_gates(user, now)
    standings = tuple(Standing(found=item, act=next_act(item, user)) for item in found)
    agenda = tuple(_agenda(user)) if roles & {Role.BOARD, Role.EXECUTIVE, *CHANGES} else ()
    decides = bool(roles & {Role.EXECUTIVE, Role.BOARD})
    exceptions = _waiting_exceptions(user, found) if decides else ()
    risks = _risks_to_take(found) if Role.EXECUTIVE in roles else ()
    sections = _sections(found, user) if Role.REVIEWER in roles else ()
    tiers, systems = tier_bars(user)
    return Home(
        roles=roles,
        start=_start(
            user,
            roles=roles,
            standings=standings,
            sections=sections,
            agenda=agenda,
            exceptions=exceptions,
            risks=risks,
        ),
        due=_due(user, now.date()) if roles & CHANGES else (),
        runs=tuple(map(_ended, _runs(user, now))) if roles & CHANGES else (),
        standings=standings if roles & CHANGES else (),
        sections=sections,
        agenda=agenda,
        exceptions=exceptions,
        risks=risks,
        decisions=tuple(_decisions(user)),
        tiers=tiers,
        systems=systems,
        live_unapproved=live_unapproved(user),
    )


def newest_releases(user: User) -> QuerySet[Release]:
    """Return the newest release of each system in sight."""
    newest = (
        Release.objects.visible_to(user)
        .order_by()
        .values("system")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    return Release.objects.filter(pk__in=newest).select_related(
        "system__portfolio", "system__owner"
    )


def _newest_gates(user: User, now: dt.datetime) -> list[ReleaseGate]:
    releases = list(
        newest_releases(user).order_by(F("planned_launch").asc(nulls_last=True), "-pk")[:LOOKED_AT]
    )
    gates = release_gates(releases, now=now)
    found = [gates[release.pk] for release in releases]
    return sorted(found, key=lambda item: item.gate.outcome in SETTLED)


def _due(user: User, today: dt.date) -> tuple[DueItem, ...]:
    rows = (
        Mitigation.objects.visible_to(user)
        .open()
        .filter(due_date__isnull=False)
        .filter(Q(owner=user) | Q(risk__system__owner=user) | Q(risk__owner=user))
        .select_related("risk__system", "owner")
        .order_by("due_date", "pk")[:SHOWN]
    )
    return tuple(_due_item(row, today) for row in rows)


def _due_item(row: Mitigation, today: dt.date) -> DueItem:
    days = (row.due_date - today).days if row.due_date else None
    return DueItem(mitigation=row, overdue=days is not None and days < 0, days=days)


def _runs(user: User, now: dt.datetime) -> Iterable[Run]:
    since = now - dt.timedelta(days=1)
    return (
        Run.objects.visible_to(user)
        .filter(Q(ended_at__gte=since) | Q(state__in=(WorkState.QUEUED, WorkState.RUNNING)))
        .select_related("release__system", "dataset")
        .defer("result", "inputs")
        .prefetch_related(
            Prefetch("verdicts", RunVerdict.objects.select_related("check_row").order_by("pk"))
        )
        .order_by("-pk")[:SHOWN]
    )


def _ended(run: Run) -> EndedRun:
    verdicts = sorted(
        run.verdicts.all(), key=lambda item: WORST_FIRST.index(VerdictWord(item.verdict))
    )
    worst = verdicts[0] if verdicts else None
    return EndedRun(
        run=run,
        counts=verdict_counts(run) if verdicts else {},
        worst=worst,
        numbers=verdict_text(worst) if worst else "",
    )


def _agenda(user: User) -> Iterable[Review]:
    return (
        Review.objects.visible_to(user)
        .filter(state=ReviewState.OPEN)
        .select_related("release__system", "recommended_by", "gate")
        .prefetch_related(Prefetch("votes", Vote.objects.order_by("pk")))
        .order_by(F("session_date").asc(nulls_last=True), "pk")[:SHOWN]
    )


def _waiting_exceptions(user: User, found: list[ReleaseGate]) -> tuple[Request, ...]:
    titles = {
        (item.release.pk, status.key): status.title
        for item in found
        for status in item.gate.requirements
    }
    rows = (
        ExceptionGrant.objects.visible_to(user)
        .filter(granted_at__isnull=True, refused_at__isnull=True)
        .exclude(requested_by=user)
        .select_related("release__system", "requested_by")
        .order_by("pk")[:SHOWN]
    )
    return tuple(
        Request(exception=row, title=titles.get((row.release_id, row.requirement), row.requirement))
        for row in rows
    )


def _decisions(user: User) -> Iterable[Decision]:
    return (
        Decision.objects.visible_to(user).select_related("release__system").order_by("-pk")[:SHOWN]
    )


def _sections(found: list[ReleaseGate], user: User) -> tuple[Section, ...]:
    return tuple(
        Section(
            release=item.release,
            status=status,
            url=reverse("sign_off_new", args=[item.release.pk, status.key]),
        )
        for item in found
        if user.pk not in item.contributors
        and user.has_role(Role.REVIEWER, portfolio_id=item.release.portfolio_id)
        for status in item.gate.requirements
        if status.category == "sign_off" and status.status in {"missing", "stale"}
    )[:SHOWN]


def _risks_to_take(found: list[ReleaseGate]) -> tuple[TakenRisk, ...]:
    taken: dict[int, TakenRisk] = {}
    for item in found:
        if item.inputs is None or item.policy is None:
            continue
        over = {risk.pk: risk for risk in item.risks}
        for evidence in item.inputs.risks:
            risk = over[int(evidence.risk_id)]
            level = None if evidence.closed else residual_level(item.policy, evidence)
            if level is not None and not item.stands_for(evidence, level):
                taken[risk.pk] = TakenRisk(risk=risk, level=level.key)
    return tuple(taken.values())[:SHOWN]


def _start(
    user: User,
    *,
    roles: frozenset[str],
    standings: tuple[Standing, ...],
    sections: tuple[Section, ...],
    agenda: tuple[Review, ...],
    exceptions: tuple[Request, ...],
    risks: tuple[TakenRisk, ...],
) -> Start | None:
    """Return the first of: vote, answer, take, sign, mend."""
    if roles & {Role.BOARD, Role.EXECUTIVE}:
        for review in agenda:
            if all(vote.voter_id != user.pk for vote in review.votes.all()):
                return _vote(review)
    if exceptions:
        return _answer(exceptions[0])
    if risks:
        return _take(risks[0])
    if sections:
        return _sign(sections[0])
    mine = (item for item in standings if item.act and item.act.mine)
    first = next(mine, None)
    return _mend(first) if first else None


def _vote(review: Review) -> Start:
    when = f"Session of {review.session_date}. " if review.session_date else ""
    return Start(
        sentence=f"{review.release} waits for your decision.",
        detail=f"{when}Recommended: {review.get_recommendation_display().lower()}, by "
        f"{review.recommended_by}.",
        url=reverse("review_detail", args=[review.pk]),
        label="Read the case",
    )


def _answer(request: Request) -> Start:
    exception = request.exception
    return Start(
        sentence=f"{exception.release}: an exception waits for an answer ({request.title}).",
        detail=f"Asked for by {exception.requested_by}; until it is answered the gate stays as it "
        "is.",
        url=reverse("exception_answer", args=[exception.pk]),
        label="Open the request",
    )


def _take(item: TakenRisk) -> Start:
    return Start(
        sentence=f"{item.risk.code} is over appetite, and nobody has taken it.",
        detail=f"{item.risk.title}. Take it until a day, or leave it to be mitigated.",
        url=reverse("risk_detail", args=[item.risk.pk]),
        label="Read the risk",
    )


def _sign(item: Section) -> Start:
    return Start(
        sentence=f"{item.release}: {item.status.title.lower()} waits for a specialist.",
        detail=item.status.why,
        url=item.url,
        label="Review and sign",
    )


def _mend(item: Standing) -> Start:
    act, gate = item.act, item.found.gate
    if act is None:
        message = "A start needs an act."
        raise ValueError(message)
    release = item.found.release
    launch = f", planned for {release.planned_launch}" if release.planned_launch else ""
    open_ones = f"{len(gate.blockers)} of {len(asked_of(item.found))} requirements are open"
    return Start(
        sentence=f"{release}{launch}: {act.text}.",
        detail=f"{open_ones}." if gate.requirements else gate.reason,
        url=act.url,
        label=act.label,
        second_url=reverse("gate", args=[release.pk]),
        second_label="See the gate",
    )
