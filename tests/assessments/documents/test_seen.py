"""A decided memo tells what its deciders saw, whenever it is made again."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.utils import timezone

from assessments.choices import DocumentKind
from assessments.documents.memo import Memo
from assessments.documents.reading import read_dossier, read_seen
from assessments.documents.rendering import draft, plain_record
from assessments.documents.seen import restored
from assessments.models import Decision
from assessments.services.gates import release_gate
from evaluations.models import RiskRun, RunVerdict
from registry.models import Mitigation, Release, Risk, RiskRating
from tests.assessments.board import signs
from tests.assessments.documents.rows import measured, recommended
from tests.assessments.world import attested
from tests.factories import People, make_release

pytestmark = pytest.mark.django_db
DATASHEET = "documents.datasheet"
TOLD_ONCE = ("risks", "risks_over", "risks_unrated", "evidence", "filed", "opened", "rest",
             "narratives", "before", "limits", "quorum", "tier", "not_drawn")  # fmt: skip


def memo_of(release: Release) -> Memo:
    fresh = Release.objects.get(pk=release.pk)
    memo: Memo = draft(DocumentKind.MEMO, read_dossier(fresh, at=timezone.now())).context["memo"]
    return memo


def decided(release: Release, people: People) -> Decision:
    measured(release, people)
    recommended(release, people)
    decision = signs(people.board, release.reviews.get(), "no_go").decision
    assert decision is not None
    return decision


def life_goes_on(release: Release, people: People) -> None:
    """A later release is measured and passes; its run lowers the rating; papers are filed."""
    risk = Risk.objects.get(system=release.system)
    Mitigation.objects.create(
        risk=risk,
        title="Reweigh",
        owner=people.owner,
        due_date=dt.date(2027, 1, 1),
        created_by=people.analyst,
    )
    later = make_release(release.system, "2.0", by=people.analyst)
    run = release.runs.get()
    verdict = RunVerdict.objects.get(run=run)
    run.pk, run.release, run.scope_digest = None, later, later.scope_digest()
    run.save()
    verdict.pk, verdict.run, verdict.verdict = None, run, "pass"
    verdict.save()
    RiskRun.objects.create(risk=risk, run=run, verdict=verdict, created_by=people.analyst)
    now = timezone.now()
    RiskRating.objects.create(
        risk=risk, likelihood=1, severity=2, rationale="Passed.", rated_by=people.analyst,
        rated_at=now,
    )  # fmt: skip
    Risk.objects.filter(pk=risk.pk).update(
        title="Another name", current_likelihood=1, current_severity=2, rated_at=now,
        rating_rationale="Passed.",
    )  # fmt: skip
    attested(release, DATASHEET, people.owner)


def test_a_memo_made_again_after_the_decision_tells_the_same(
    people: People, release: Release
) -> None:
    decided(release, people)
    first = plain_record(memo_of(release))
    life_goes_on(release, people)
    again = plain_record(memo_of(release))
    assert {name: again[name] for name in TOLD_ONCE} == {name: first[name] for name in TOLD_ONCE}
    assert again["dossier"]["gate"] == first["dossier"]["gate"]
    assert [risk["level"] for risk in again["risks_over"]] == ["critical"]
    assert "another scope" not in json.dumps(again)


def test_before_a_decision_the_memo_follows_what_happens(people: People, release: Release) -> None:
    measured(release, people)
    life_goes_on(release, people)
    memo = memo_of(release)
    assert [risk.title for risk in memo.risks] == ["Another name"]
    assert [item.title for item in memo.filed] == ["Datasheet of the data"]


def test_what_is_kept_comes_back_as_it_was(people: People, release: Release) -> None:
    decision = decided(release, people)
    life_goes_on(release, people)
    found = release_gate(Release.objects.get(pk=release.pk))
    live = read_seen(found, read_dossier(release, at=timezone.now()).gate)
    assert live.risks[0].mitigations[0].due == dt.date(2027, 1, 1)
    assert restored(json.loads(json.dumps(plain_record(live)))) == live
    assert restored(decision.seen) != live


@pytest.mark.parametrize("name", ["risks", "filed", "runs"])
def test_a_fact_that_is_missing_is_an_error_and_never_nothing(
    people: People, release: Release, name: str
) -> None:
    record: dict[str, Any] = {**decided(release, people).seen}
    del record[name]
    with pytest.raises(KeyError, match=name):
        restored(record)
