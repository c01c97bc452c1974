"""Releases before the board: a policy that asks for one document, so that a gate can be ready."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.utils import timezone

from assessments.models import PolicyVersion, Review
from assessments.policies import shipped_text
from assessments.rules.policy import load_policy
from assessments.rules.policy_text import parse
from assessments.services.gates import release_gate
from assessments.services.reviews import Ballot, ConditionInput, Signed, recommend, vote
from rai_portal.accounts.models import User
from registry.models import Release
from tests.assessments.world import TIER_1, attested, tiered
from tests.factories import People

NOTE = "documents.data_note"


def short_policy(*keys: str) -> PolicyVersion:
    """Publish version 2: the packaged policy, asking for the named requirements in every tier."""
    record, _ = parse(shipped_text())
    record["version"] = "2"
    wanted = keys or (NOTE,)
    record["requirements"] = [
        {**item, "tiers": [1, 2, 3, 4]} for item in record["requirements"] if item["key"] in wanted
    ]
    text = json.dumps(record)  # JSON is YAML too, and quotes what could be read otherwise
    return PolicyVersion.objects.create(
        number=2,
        title=record["title"],
        text=text,
        digest=load_policy(text).digest,
        published_at=timezone.now(),
    )


def ready(release: Release, people: People, answers: dict[str, list[str]] | None = None) -> None:
    """The release with a ready gate: tiered (Tier 1 unless said otherwise) and its note filed."""
    short_policy()
    tiered(release, people.analyst, answers or TIER_1)
    attested(release, NOTE, people.analyst)


def asked(release: Release, people: People, recommendation: str = "go", **more: Any) -> Review:
    """The analyst's recommendation."""
    return recommend(
        actor=people.analyst,
        release=release,
        recommendation=recommendation,
        rationale="The note is filed and nothing else is asked.",
        **more,
    )


def condition(owner: User, text: str = "Collect 40 more applications.") -> ConditionInput:
    """Something to do within thirty days."""
    day = timezone.now().date() + dt.timedelta(days=30)
    return ConditionInput(text=text, owner=owner, due_date=day)


def ballot(review: Review, kind: str = "go", **more: Any) -> Ballot:
    """What the person signs, with the digests of the page as it would show now."""
    gate = release_gate(review.release).gate
    facts: dict[str, Any] = {
        "kind": kind,
        "reason": "I read the memo.",
        "scope_digest": gate.scope_digest,
        "gate_digest": gate.digest,
        **more,
    }
    return Ballot(**facts)


def signs(user: User, review: Review, kind: str = "go", **more: Any) -> Signed:
    """The person signs on the page as it shows now."""
    return vote(actor=user, review=review, ballot=ballot(review, kind, **more))
