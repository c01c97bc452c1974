"""The whole demo, step by step; stopped at any point it takes up where it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.utils import timezone

from assessments.choices import DecisionKind, DocumentKind
from assessments.demo import texts
from assessments.demo.acts import (
    answer_intake,
    decide,
    document,
    file_documents,
    register,
    write_risks,
)
from assessments.demo.mortgage_story import mortgage
from assessments.demo.people import Cast, cast
from assessments.services.gates import compute_gate
from registry.models import AISystem, Release
from registry.services.ratings import rate_risk
from registry.services.releases import create_release
from registry.services.risks import Rating

type Say = Callable[[str], object]


def carry_out(*, say: Say) -> None:
    """Do what the demo's people do, with the worker."""
    people = cast()
    assistant(people)
    say("Support assistant: registered, tiered, risks written; nothing measured")
    meeting_rooms(people)
    say("Meeting-room demand: decided")
    mortgage(people, say)
    say("demo complete")


def _first_release(people: Cast, system: AISystem, version: str, summary: str) -> Release:
    found = Release.objects.filter(system=system, version=version).first()
    return found or create_release(
        actor=people.analyst,
        system=system,
        version=version,
        change_summary=summary,
        planned_launch=timezone.now().date() + dt.timedelta(days=42),
    )


def assistant(people: Cast) -> None:
    """Register, tier and write risks; the gate stays blocked, since nothing was measured."""
    system = register(people.analyst, people.portfolio, people.owner, "rag", texts.ASSISTANT)
    release = _first_release(
        people, system, "0.9", "First release: answers from the help centre's articles."
    )
    answer_intake(people.analyst, release, texts.ASSISTANT_ANSWERS)
    write_risks(people.analyst, people.owner, release, texts.ASSISTANT_RISKS)


def meeting_rooms(people: Cast) -> None:
    """Carry a system of low impact to its decision, with the little that the policy asks."""
    system = register(people.analyst, people.workplace, people.owner, "predictive", texts.ROOMS)
    release = _first_release(people, system, "2.3", "Holidays are taken into account.")
    if release.decisions.exists():
        return
    answer_intake(people.analyst, release, texts.ROOMS_ANSWERS)
    file_documents(people.owner, release, texts.ROOMS_DOCUMENTS)
    for written in write_risks(people.analyst, people.owner, release, (texts.ROOMS_RISK,)).values():
        if written.rated_at is None:
            rate_risk(
                actor=people.analyst,
                risk=written,
                rating=Rating(likelihood=2, severity=1),
                rationale=texts.ROOMS_RATING,
            )
    document(people.analyst, release, DocumentKind.MODEL_CARD)
    gate = compute_gate(release)
    kind = DecisionKind.GO if gate.ready else DecisionKind.NO_GO
    decide(
        people, release, kind, f"{gate.reason} The forecast plans cleaning; nobody is affected.", []
    )
