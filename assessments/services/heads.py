"""The head of a system and the seven steps of a release, each with its state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.urls import reverse

from assessments.choices import IntakeState, ReviewState
from assessments.models import Review
from assessments.rules.risk_evidence import is_accepted, residual_level
from assessments.rules.risk_matrix import over_appetite
from assessments.services.evidence import OUTSIDE_TEST, filed_as
from assessments.services.gates import ReleaseGate
from rai_portal.work.choices import WorkState
from registry.choices import Kind, RiskState

if TYPE_CHECKING:
    from assessments.rules.gate_inputs import RiskEvidence

type StepState = Literal[
    "done", "next", "running", "attention", "stale", "blocked", "waiting", "not_needed"
]

GATE_STATES: dict[str, StepState] = {
    "ready": "done",
    "approved": "done",
    "approved_with_conditions": "done",
    "stale": "stale",
    "expired": "stale",
}
DECIDED: dict[str, tuple[StepState, str]] = {
    "approved": ("done", "Go"),
    "approved_with_conditions": ("done", "Go with conditions"),
    "refused": ("blocked", "No-go"),
    "stale": ("stale", "Decision stale"),
    "expired": ("stale", "Expired"),
    "blocked": ("attention", "Does not stand now"),
    "ready": ("attention", "To be taken anew"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of the seven steps. word says the state; detail is one short line."""

    key: str
    label: str
    state: StepState
    word: str
    detail: str
    url: str
    current: bool = False


def steps_of(
    found: ReleaseGate, *, current: str = "", may_recommend: bool = True
) -> tuple[Step, ...]:
    """Return Scope to Decision. The first step that waits is the next one."""
    release = found.release
    parts = (
        ("scope", "Scope", _scope(found), reverse("release_detail", args=[release.pk])),
        ("tier", "Tier", _tier(found), _tier_url(found)),
        ("plan", "Plan", _plan(found), reverse("plan_detail", args=[release.pk])),
        ("runs", "Runs", _runs(found), reverse("release_runs", args=[release.pk])),
        ("risks", "Risks", _risks(found), reverse("release_risks", args=[release.pk])),
        ("gate", "Gate", _gate(found), reverse("gate", args=[release.pk])),
        ("decision", "Decision", *_decision(found, may_recommend=may_recommend)),
    )
    first = next((key for key, _, part, _ in parts if part[0] == "waiting"), "")
    if first == "decision" and not found.gate.ready:
        first = ""
    return tuple(
        Step(
            key=key,
            label=label,
            state="next" if key == first else state,
            word=word,
            detail=detail,
            url=url,
            current=key == current,
        )
        for key, label, (state, word, detail), url in parts
    )


type _Part = tuple[StepState, str, str]


def _scope(found: ReleaseGate) -> _Part:
    release, digest = found.release, found.gate.scope_digest[:12]
    needs_none = found.tier is not None and not measures(found)
    if needs_none or release.system.kind != Kind.PREDICTIVE or release.release_datasets.all():
        return "done", "Described", f"Digest {digest}" if digest else ""
    return "waiting", "No data yet", "Attach the data to evaluate on"


def _tier(found: ReleaseGate) -> _Part:
    intake = found.intake
    if intake is None:
        return "waiting", "Not tiered", "Answer the intake"
    if intake.state != IntakeState.SUBMITTED or intake.tier is None:
        return "attention", "Draft", "Answers not submitted"
    result = intake.tier_result or {}
    fired = [item for item in result.get("elevations", ()) if item["tier"] == intake.tier]
    detail = fired[0]["sentence"].rstrip(".") if fired else f"{result.get('total', 0)} points"
    return "done", f"Tier {intake.tier}", detail


def _tier_url(found: ReleaseGate) -> str:
    submitted = found.intake is not None and found.intake.state == IntakeState.SUBMITTED
    return reverse("tier_detail" if submitted else "intake_form", args=[found.release.pk])


def measures(found: ReleaseGate) -> bool:
    """Return whether the policy asks for a measurement that the portal has a method for."""
    return any(
        item.category == "evaluation"
        and item.status != "not_applicable"
        and filed_as(found, item.key) != OUTSIDE_TEST
        for item in found.gate.requirements
    )


def _nothing_to_run(found: ReleaseGate) -> _Part:
    outside = any(filed_as(found, item.key) == OUTSIDE_TEST for item in found.gate.requirements)
    if outside:
        return "not_needed", "Measured outside", "File each report at the gate"
    return "not_needed", "Not needed", "Nothing is to be measured"


def _checks(number: int) -> str:
    return f"{number} check{'' if number == 1 else 's'}"


def _plan(found: ReleaseGate) -> _Part:
    plan = found.plan
    if plan is None:
        if found.tier is not None and not measures(found):
            return _nothing_to_run(found)
        return "waiting", "No plan", ""
    if not plan.locked or plan.locked_at is None:
        return "attention", "Draft", f"{_checks(len(found.checks))}, not locked"
    return "done", "Locked", f"{plan.locked_at:%Y-%m-%d}, {_checks(len(found.checks))}"


def _runs(found: ReleaseGate) -> _Part:
    if found.plan is None and found.tier is not None and not measures(found):
        return _nothing_to_run(found)
    current = [run for run in found.runs if run.scope_digest == found.gate.scope_digest]
    if any(run.state in (WorkState.QUEUED, WorkState.RUNNING) for run in current):
        return "running", "Under way", f"{len(current)} started"
    ended = [run for run in current if run.state == WorkState.SUCCEEDED]
    if not current:
        return ("stale", "Stale", "Of another scope") if found.runs else ("waiting", "None yet", "")
    look = f"Look {max(run.look for run in current)}"
    if len(ended) < len(current) or not _all_ran(found):
        return "attention", f"{len(ended)} ended", f"{len(current)} started, {look.lower()}"
    return "done", f"{len(ended)} ended", look


def _all_ran(found: ReleaseGate) -> bool:
    digest = found.gate.scope_digest
    checks = found.inputs.checks if found.inputs else ()
    return all(
        any(run.state == "succeeded" and run.scope_digest == digest for run in check.runs)
        for check in checks
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCount:
    """How many risks are open, without a rating, over appetite, and over it but accepted."""

    total: int
    unrated: int
    over: int
    accepted: int


def count_risks(found: ReleaseGate) -> RiskCount:
    """Count the open risks of the release's system."""
    levels = [_level(found, risk) for risk in _open_risks(found)]
    over = [pair for pair in levels if pair[1]]
    return RiskCount(
        total=len(levels),
        unrated=sum(not rated for rated, _, _ in levels),
        over=sum(not taken for _, _, taken in over),
        accepted=sum(taken for _, _, taken in over),
    )


def _open_risks(found: ReleaseGate) -> list[RiskEvidence]:
    return [risk for risk in found.inputs.risks if not risk.closed] if found.inputs else []


def _level(found: ReleaseGate, risk: RiskEvidence) -> tuple[bool, bool, bool]:
    """Return whether the risk is rated, over appetite, and accepted."""
    if found.policy is None or found.inputs is None:
        return False, False, False
    rated = residual_level(found.policy, risk)
    if rated is None:
        return False, False, False
    over = over_appetite(found.policy.risk_matrix, rated)
    taken = over and is_accepted(
        found.policy, risk, tier=found.tier, risk_level=rated, now=found.inputs.now
    )
    return True, over, taken


def _risks(found: ReleaseGate) -> _Part:
    if found.inputs is None:
        return "attention", "Not known", ""
    if not found.risks:
        return "waiting", "None named", ""
    counted = count_risks(found)
    rated = f"{counted.total - counted.unrated} rated, {counted.unrated} without evidence"
    if counted.over:
        return "attention", f"{counted.over} over appetite", rated
    if counted.unrated:
        return "attention", f"{counted.unrated} without rating", rated
    closed = sum(risk.state == RiskState.CLOSED for risk in found.risks)
    detail = f"{counted.total} open, {closed} closed"
    return "done", f"{counted.accepted} accepted" if counted.accepted else "Within appetite", detail


def _gate(found: ReleaseGate) -> _Part:
    gate = found.gate
    asked = sum(item.status != "not_applicable" for item in gate.requirements)
    detail = f"{len(gate.blockers)} of {asked} open" if gate.requirements else ""
    state = GATE_STATES.get(gate.outcome, "blocked")
    if state == "done":
        return state, "Ready", detail
    return (
        ("blocked", "Blocked", detail)
        if gate.blockers or not gate.ready
        else (state, "Ready", detail)
    )


def _decision(found: ReleaseGate, *, may_recommend: bool) -> tuple[_Part, str]:
    release = found.release
    review = Review.objects.filter(release=release, state=ReviewState.OPEN).first()
    if review is not None:
        session = f"Session {review.session_date}" if review.session_date else "Waits for the board"
        return ("running", "In review", session), reverse("review_detail", args=[review.pk])
    if not found.decisions:
        url = reverse("review_new", args=[release.pk])
        if not may_recommend:
            url = reverse("system_decisions", args=[release.system_id])
        return ("waiting", "Not yet", ""), url
    last = max(found.decisions, key=lambda item: (item.decided_at, item.pk))
    state, word = DECIDED[found.gate.outcome]
    url = reverse("decision_detail", args=[last.pk])
    return (state, word, f"{last.decided_at:%Y-%m-%d}"), url
