"""What the memo says of a measurement that stays open: what would settle it, and what was known."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from assessments.documents.memo import build_memo
from assessments.documents.reading import read_dossier
from evaluations.methods.more_rows import HARDLY
from evaluations.models import Check
from registry.models import Release
from tests.assessments.world import GAP, TIER_1, judged, planned, tiered
from tests.factories import People, attach, make_dataset

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 24, 17, 0, tzinfo=dt.UTC)
NEEDS = "About 400 more rows of B would settle it, if the rates stay as they are."
WARNING = (
    "This data can hardly show parity: if every group truly had the same selection rate, the check "
    "would pass 12 % of the time."
)
THIN = {"schema": "rai-foresight/1", "low": True, "warning": WARNING, "chance": 0.12}
AMPLE = {**THIN, "low": False, "warning": "", "chance": 0.93}


def measured(
    people: People, release: Release, *, verdict: str, needs: str, foresight: dict[str, object]
) -> None:
    """A locked plan whose one check knew that much, and a run with that verdict."""
    dataset = make_dataset(portfolio=people.portfolio, by=people.analyst, system=release.system)
    attach(release, dataset)
    tiered(release, people.analyst, TIER_1)
    check = planned(release, dataset, people.analyst, locked=False)
    Check.objects.filter(pk=check.pk).update(foresight=foresight)
    plan = check.plan
    plan.state, plan.locked_at, plan.locked_by = "locked", AT, people.analyst
    plan.digest = plan.computed_digest()
    plan.save()
    judged(check, people.analyst, verdict, needs=needs)


def settling(release: Release) -> str:
    return " ".join(build_memo(read_dossier(release, at=AT)).settling)


def test_an_inconclusive_check_says_what_would_settle_it_and_that_it_was_known(
    people: People, release: Release
) -> None:
    measured(people, release, verdict="inconclusive", needs=NEEDS, foresight=THIN)
    said = settling(release)
    assert NEEDS in said
    assert "Known when the plan was locked: this data can hardly show parity" in said


def test_what_was_not_foreseen_is_not_claimed(people: People, release: Release) -> None:
    measured(people, release, verdict="inconclusive", needs=NEEDS, foresight=AMPLE)
    said = settling(release)
    assert NEEDS in said
    assert "Known when" not in said


def test_a_check_that_passed_needs_no_settling_however_thin_its_data(
    people: People, release: Release
) -> None:
    measured(people, release, verdict="pass", needs="", foresight=THIN)
    assert settling(release) == ""


@pytest.mark.parametrize(("needs", "filled"), [(NEEDS, NEEDS), (HARDLY, "")])
def test_the_data_to_collect_is_filled_in_where_some_would_settle_it(
    people: People, release: Release, client: Client, needs: str, filled: str
) -> None:
    measured(people, release, verdict="inconclusive", needs=needs, foresight=THIN)
    client.force_login(people.analyst, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("exception_new", args=[release.pk, GAP]))
    form = page.context["form"]
    assert form.fields["compensation"].label == "Data to be collected"
    assert form["compensation"].value() == filled


def test_an_exception_without_data_to_collect_begins_empty(
    people: People, release: Release, client: Client
) -> None:
    tiered(release, people.analyst, TIER_1)
    client.force_login(people.analyst, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("exception_new", args=[release.pk, "documents.datasheet"]))
    assert not page.context["form"]["compensation"].value()
