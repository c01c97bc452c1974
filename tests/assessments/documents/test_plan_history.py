"""What a memo says of plans before, and of limits and checks that were changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from assessments.documents.reading import read_dossier
from assessments.documents.wording import limits_text
from assessments.services.plans import propose
from evaluations.models import Check, EvaluationPlan
from evaluations.services.limits import title_with_limit
from evaluations.services.plans import adjust_check, lock_plan, remove_check, replace_plan
from rai_portal.accounts.models import User
from registry.models import Release
from tests.assessments.world import GAP, TIER_1, tiered
from tests.factories import People, attach, make_dataset

AT = dt.datetime(2026, 11, 24, 17, 0, tzinfo=dt.UTC)
type ClientFor = Callable[[User], Client]


@pytest.mark.parametrize(
    ("title", "before", "now", "expected"),
    [
        ("Gap by race at most 0.10", "0.1", "0.5", "Gap by race at most 0.50"),
        ("Ratio at least 0.80", "0.800000", "0.9", "Ratio at least 0.90"),
        ("Gap at most 0.10", "0.1", "0.125", "Gap at most 0.125"),
        ("Gap at most 0.10", "0.2", "0.5", "Gap at most 0.10"),
        ("Known in every group", "0.1", "0.5", "Known in every group"),
        ("Gap at most 0.10", "0.1", None, "Gap at most 0.10"),
    ],
)
def test_a_title_follows_its_limit(title: str, before: str, now: str | None, expected: str) -> None:
    moved = title_with_limit(title, before=Decimal(before), now=Decimal(now) if now else None)
    assert moved == expected


@pytest.fixture
def plan(people: People, release: Release) -> EvaluationPlan:
    attach(release, make_dataset(portfolio=people.portfolio, by=people.analyst))
    tiered(release, people.analyst, TIER_1)
    return propose(actor=people.analyst, release=release)[0]


def gap_of(plan: EvaluationPlan) -> Check:
    return plan.checks.get(requirement=GAP)


def test_a_looser_limit_is_named_by_its_title_and_warned_of_before_any_run(
    people: People, plan: EvaluationPlan, client_for: ClientFor
) -> None:
    client = client_for(people.analyst)
    gap = gap_of(plan)
    asked = client.get(reverse("plan_adjust", args=[gap.pk])).text
    assert "The policy asks for at most 0.10." in asked
    page = reverse("plan_detail", args=[plan.release_id])
    assert "Does not count at the gate" not in client.get(page).text

    adjust_check(actor=people.analyst, check=gap, threshold=Decimal("0.5"), reason="Few rows.")
    assert gap_of(plan).title.endswith("at most 0.50")
    said = client.get(page).text
    assert said.count("Does not count at the gate") == 1
    assert "The planned limit 0.5 is looser than 0.1." in said


def test_a_stricter_limit_is_no_cause_for_a_warning(
    people: People, plan: EvaluationPlan, client_for: ClientFor
) -> None:
    adjust_check(
        actor=people.analyst, check=gap_of(plan), threshold=Decimal("0.05"), reason="Stricter."
    )
    said = client_for(people.analyst).get(reverse("plan_detail", args=[plan.release_id])).text
    assert "Does not count at the gate" not in said


def test_the_memo_tells_of_the_plan_that_was_replaced_and_of_what_was_changed_in_it(
    people: People, plan: EvaluationPlan
) -> None:
    gap = gap_of(plan)
    adjust_check(actor=people.analyst, check=gap, threshold=Decimal("0.5"), reason="Few rows.")
    other = plan.checks.exclude(pk=gap.pk).first()
    assert other is not None
    remove_check(actor=people.analyst, check=other, reason="No labels.")
    locked = lock_plan(actor=people.analyst, plan=plan)
    assert locked.locked_at is not None
    again = replace_plan(actor=people.analyst, plan=locked, reason="The limit was wrong.")
    adjust_check(
        actor=people.analyst, check=gap_of(again), threshold=Decimal("0.1"), reason="As asked."
    )
    lock_plan(actor=people.analyst, plan=again)

    text = limits_text(read_dossier(plan.release, at=AT))
    title = gap.title.removesuffix("at most 0.10")
    assert f"Adjusted in plan 1: {title}at most 0.50 (Few rows)." in text
    assert f"Taken out in plan 1: {other.title} (No labels)." in text
    assert (
        f"Plan 1, locked on {locked.locked_at:%Y-%m-%d} by {people.analyst}, was replaced by "
        "plan 2: The limit was wrong."
    ) in text
    assert f"changed after a lock: {title}at most 0.10." in text
    assert text.count("Taken out") == 1  # plan 2 holds a copy of it
