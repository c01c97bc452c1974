"""What page one of the memo counts, says once, and shows first."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.template.loader import render_to_string

from assessments.documents.facts import (
    Change,
    ConditionFacts,
    DecisionFacts,
    Dossier,
    FigureFacts,
    ReviewFacts,
)
from assessments.documents.memo import build_memo
from assessments.documents.reading import read_dossier
from registry.models import Release
from tests.assessments.documents.rows import SVG, measured
from tests.factories import People

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 24, 17, 0, tzinfo=dt.UTC)
RATIONALE = "The gap is 0.30. The limit is 0.10."


@pytest.fixture
def dossier(people: People, release: Release) -> Dossier:
    measured(release, people)
    return read_dossier(release, at=AT)


def decided(dossier: Dossier, *, kind: str, reason: str) -> Dossier:
    review = ReviewFacts(
        id=1, recommendation="no_go", rationale=RATIONALE, by="Ada", at=AT, session=None,
        conditions=(),
    )  # fmt: skip
    decision = DecisionFacts(
        id=1, kind=kind, reason=reason, at=AT, expires_on=AT.date(), conditions=()
    )
    return replace(dossier, review=review, decision=decision)


def test_what_does_not_apply_is_not_counted_among_what_is_asked(dossier: Dossier) -> None:
    lines = dossier.gate.lines[:4]
    kinds = ("failed", "met", "met", "not_applicable")
    told = tuple(replace(line, status=kind) for line, kind in zip(lines, kinds, strict=True))
    memo = build_memo(replace(dossier, gate=replace(dossier.gate, lines=told)))
    assert (len(memo.opened), memo.asked) == (1, 3)
    assert memo.rest == "The other 2: 2 met. 1 more does not apply to this release."


@pytest.mark.parametrize(
    ("kind", "reason", "said"),
    [
        ("no_go", f"Refused by one person. {RATIONALE}", "No-go. The same, for this reason."),
        ("go", f"{RATIONALE} We go all the same.", "No-go. In the same words."),
        (
            "no_go",
            "Refused by one person. The gap is 0.30.",
            "No-go. The same, and: The limit is 0.10.",
        ),
    ],
)
def test_a_reason_that_repeats_the_recommendation_is_printed_once(
    dossier: Dossier, kind: str, reason: str, said: str
) -> None:
    memo = build_memo(decided(dossier, kind=kind, reason=reason))
    assert memo.why == reason
    assert memo.recommended == said


def test_figures_on_fairness_are_drawn_and_those_left_to_the_reports_are_counted(
    dossier: Dossier,
) -> None:
    (fairness,) = dossier.runs
    bar = FigureFacts(key="bar", title="bar", text_alternative="Bars.", svg=SVG)
    earlier = replace(fairness, id=fairness.id - 1, method="attribution.shap", figures=(bar, bar))
    memo = build_memo(replace(dossier, runs=(earlier, fairness)))
    assert [item.run for item in memo.figures] == [fairness.id]
    assert f"2 of run {earlier.id}" in memo.not_drawn
    assert [run.id for run in memo.narratives] == [fairness.id, earlier.id]
    alone = build_memo(replace(dossier, runs=(earlier,)))
    assert [item.run for item in alone.figures] == [earlier.id]
    assert alone.not_drawn == (f"1 of run {earlier.id}",)


def test_a_page_one_with_room_to_spare_leaves_the_evidence_to_the_next(dossier: Dossier) -> None:
    assert build_memo(dossier).short
    long = decided(dossier, kind="no_go", reason="Because it is so. " * 60)
    assert not build_memo(long).short


def on_conditions(dossier: Dossier, kind: str, items: tuple[ConditionFacts, ...]) -> Dossier:
    told = decided(dossier, kind=kind, reason="So.")
    assert told.review is not None
    assert told.decision is not None
    return replace(
        told,
        review=replace(told.review, conditions=items),
        decision=replace(told.decision, conditions=items),
    )


@pytest.mark.parametrize("kind", ["no_go", "go_with_conditions"])
def test_every_condition_stands_on_page_one_its_day_once_where_all_share_it(
    dossier: Dossier, kind: str
) -> None:
    items = tuple(
        ConditionFacts(text=f"Do {place}.", owner="Ada", due=AT.date()) for place in range(6)
    )
    memo = build_memo(on_conditions(dossier, kind, items))
    assert len(memo.conditions) == 6
    assert memo.conditions_due == AT.date()
    late = replace(items[0], due=AT.date() + dt.timedelta(days=1))
    mixed = build_memo(on_conditions(dossier, kind, (late, *items[1:])))
    assert mixed.conditions_due is None


def test_numbers_of_the_release_before_stand_beside_those_of_now_and_name_their_runs(
    dossier: Dossier,
) -> None:
    line = next(item for item in dossier.gate.lines if item.numbers is not None)
    assert line.numbers is not None
    before = {"value": 0.35, "low": 0.24, "high": 0.45, "n": 290}
    change = Change(
        title=line.title, before=before, before_run=4, now=line.numbers, now_run=line.run_id
    )
    release = replace(dossier.release, previous_version="0.9")
    memo = build_memo(replace(dossier, changes=(change,), release=release))
    (row,) = [item for item in memo.evidence if item.before is not None]
    assert row.what.startswith(line.title)
    assert row.value == "0.30 (0.19 to 0.41)"
    assert row.before is not None
    assert (row.before.before, row.before.change) == ("0.35 (0.24 to 0.45)", "−0.05, overlap")
    assert memo.before_from == "The numbers of release 0.9 come from run 4."


def test_what_page_one_told_without_a_number_is_not_told_again_among_the_evidence(
    dossier: Dossier,
) -> None:
    memo = build_memo(dossier)
    told = {line.title for line in (*memo.opened, *memo.folded)}
    bare = {line.title for line in (*memo.opened, *memo.folded) if line.numbers is None}
    stated = {item.what for item in memo.evidence}
    assert bare
    assert bare & stated == set()
    measured_lines = {line.title for line in memo.opened if line.numbers is not None}
    assert measured_lines
    assert measured_lines <= stated
    assert told - stated == bare


def test_a_risk_that_was_taken_stands_on_page_one(dossier: Dossier) -> None:
    (risk, *others) = dossier.risks
    taken = replace(risk, over=True, accepted="Accepted by Edda until 2026-12-31")
    memo = build_memo(replace(dossier, risks=(taken, *others)))
    assert memo.risks_taken == (taken,)
    assert taken not in memo.risks_over
    page = render_to_string("documents/memo.html", {"memo": memo, "document": None})
    told = (
        f"{risk.code} {risk.title}, {risk.level_label.lower()} (Accepted by Edda until 2026-12-31)"
    )
    assert told in page.split("Who deci")[0]
