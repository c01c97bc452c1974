"""What the gate makes of ratings: measured only by a passed limit, lowered only by two people."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.services.gates import release_gate
from assessments.services.risk_page import risk_rows
from evaluations.models import RunVerdict
from evaluations.services.evidence import risk_basis
from evaluations.services.links import link_risk_to_run
from rai_portal.errors import Refused
from registry.models import Release, Risk
from registry.services.ratings import answer_rating, rate_risk
from registry.services.risks import Rating, close_risk, facts_of, update_risk
from tests.assessments.world import TIER_1, judged, planned, tiered
from tests.factories import People, attach, make_dataset, make_risk


@pytest.fixture
def tier_1(people: People, release: Release) -> Release:
    dataset = make_dataset(portfolio=people.portfolio, by=people.analyst, system=release.system)
    attach(release, dataset)
    tiered(release, people.analyst, TIER_1)
    return Release.objects.get(pk=release.pk)


def verdict_of(people: People, release: Release, word: str) -> RunVerdict:
    dataset = release.release_datasets.get().dataset
    run = judged(planned(release, dataset, people.analyst), people.analyst, word)
    return run.verdicts.get()


def rated(people: People, risk: Risk, likelihood: int, severity: int, by=None):
    return rate_risk(
        actor=by or people.analyst, risk=risk, rationale="Looks fine.",
        rating=Rating(likelihood=likelihood, severity=severity),
    )  # fmt: skip


def seen(release: Release, key: str = "risks.appetite"):
    found = release_gate(Release.objects.get(pk=release.pk)).requirement(key)
    assert found is not None
    return found


def test_one_person_turns_a_critical_risk_into_no_met_requirement(
    people: People, tier_1: Release
) -> None:
    verdict = verdict_of(people, tier_1, "inconclusive")
    risk = make_risk(tier_1.system, by=people.analyst, inherent_severity=4)
    link_risk_to_run(actor=people.analyst, risk=risk, run=verdict.run)
    rating = rated(people, risk, 1, 1)
    for key in ("risks.rated", "risks.appetite"):
        found = seen(tier_1, key)
        assert (found.status, found.basis) == ("missing", "missing")
        assert found.reason == f"Rating waits for a second person: {risk.code}."
        assert (found.mend, found.mend_by) == (
            f"Confirm or decline the rating of {risk.code}", "reviewer",
        )  # fmt: skip
    answer_rating(actor=people.reviewer, rating=rating, confirm=True, note="Read.")
    assert (seen(tier_1).status, seen(tier_1).basis) == ("met", "attested")


def test_a_rating_that_waits_leaves_the_one_before_over_appetite(
    people: People, tier_1: Release
) -> None:
    risk = make_risk(tier_1.system, by=people.analyst)
    rated(people, risk, 4, 5)
    rated(people, risk, 1, 1)
    found = seen(tier_1)
    assert found.status == "failed"
    assert found.reason == (
        f"1 risk over appetite (it ends at medium): {risk.code}; rating waits for a second person: "
        f"{risk.code}."
    )


@pytest.mark.parametrize("word", ["pass", "fail", "inconclusive", "not_estimable", "error"])
def test_only_a_verdict_that_passed_measures_a_rating(
    people: People, tier_1: Release, word: str
) -> None:
    verdict = verdict_of(people, tier_1, word)
    risk = make_risk(tier_1.system, by=people.analyst)
    link_risk_to_run(actor=people.analyst, risk=risk, run=verdict.run, verdict=verdict)
    rated(people, risk, 4, 5)
    expected = "measured" if word == "pass" else "attested"
    assert seen(tier_1, "risks.rated").basis == expected
    assert risk_basis([risk]) == {risk.pk: expected}


def test_a_run_without_its_verdict_or_linked_afterwards_measures_nothing(
    people: People, tier_1: Release
) -> None:
    verdict = verdict_of(people, tier_1, "pass")
    risk = make_risk(tier_1.system, by=people.analyst)
    link_risk_to_run(actor=people.analyst, risk=risk, run=verdict.run, metric="x")
    rated(people, risk, 4, 5)
    assert seen(tier_1, "risks.rated").basis == "attested"
    link_risk_to_run(actor=people.analyst, risk=risk, run=verdict.run, verdict=verdict)
    assert seen(tier_1, "risks.rated").basis == "attested"
    assert risk_basis([risk]) == {risk.pk: "attested"}
    rated(people, risk, 4, 5)
    assert seen(tier_1, "risks.rated").basis == "measured"


def test_a_pass_of_an_earlier_scope_or_of_a_looser_limit_measures_nothing(
    people: People, tier_1: Release
) -> None:
    verdict = verdict_of(people, tier_1, "pass")
    risk = make_risk(tier_1.system, by=people.analyst)
    link_risk_to_run(actor=people.analyst, risk=risk, run=verdict.run, verdict=verdict)
    rated(people, risk, 4, 5)
    tier_1.settings = {"cut_off": "0.6"}
    tier_1.save()
    found = seen(tier_1, "risks.rated")
    assert found.basis == "attested"


def test_a_later_run_that_says_otherwise_makes_the_rating_stale(
    people: People, tier_1: Release
) -> None:
    verdict = verdict_of(people, tier_1, "pass")
    risk = make_risk(tier_1.system, by=people.analyst)
    link_risk_to_run(actor=people.analyst, risk=risk, run=verdict.run, verdict=verdict)
    rated(people, risk, 4, 5)
    judged(verdict.check_row, people.analyst, "fail")
    assert seen(tier_1, "risks.rated").status == "stale"


def test_a_risk_closed_over_appetite_still_counts(people: People, tier_1: Release) -> None:
    risk = make_risk(tier_1.system, by=people.analyst, current_likelihood=4, current_severity=4)
    assert seen(tier_1).status == "failed"
    Risk.objects.filter(pk=risk.pk).update(state="closed", closed_reason="Gone.")
    assert seen(tier_1).status == "failed"


def test_a_row_changed_past_the_services_does_not_lower_what_counts(
    people: People, tier_1: Release
) -> None:
    risk = make_risk(tier_1.system, by=people.analyst, current_likelihood=4, current_severity=4)
    Risk.objects.filter(pk=risk.pk).update(current_likelihood=1, current_severity=1)
    assert seen(tier_1).status == "failed"


def test_risks_over_appetite_are_named_before_what_is_not_rated(
    people: People, tier_1: Release
) -> None:
    grave = {"current_likelihood": 4, "current_severity": 4, "rated_at": timezone.now()}
    first = make_risk(tier_1.system, by=people.analyst, rating_rationale="Seen.", **grave)
    second = make_risk(tier_1.system, by=people.analyst, rating_rationale="Seen.", **grave)
    bare = make_risk(tier_1.system, by=people.analyst)
    found = seen(tier_1)
    assert found.status == "failed"
    assert found.reason == (
        f"2 risks over appetite (it ends at medium): {first.code}, {second.code}; not rated: {bare.code}."
    )


def test_the_row_for_the_board_tells_the_way_from_inherent_to_now(
    people: People, tier_1: Release
) -> None:
    verdict = verdict_of(people, tier_1, "pass")
    risk = make_risk(tier_1.system, by=people.analyst)
    link_risk_to_run(actor=people.analyst, risk=risk, run=verdict.run, verdict=verdict)
    rating = rated(people, risk, 1, 5)
    answer_rating(actor=people.owner, rating=rating, confirm=True, note="Read.")
    (row,) = risk_rows(release_gate(Release.objects.get(pk=tier_1.pk)))
    assert row.inherent is not None
    assert row.level is not None
    assert (row.inherent.key, row.level.key, row.confirmed_by) == (
        "critical", "medium", str(people.owner),
    )  # fmt: skip
    assert [str(item) for item in row.cited] == [
        f"Run {verdict.run_id}: Selection-rate gap, race, pass"
    ]


CELLS = st.tuples(st.integers(1, 5), st.integers(1, 5))
ACTS = st.lists(
    st.tuples(st.sampled_from(["rate", "link", "inherent", "close", "answer"]), CELLS), max_size=6
)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(inherent=CELLS.filter(lambda cell: cell[0] * cell[1] >= 10), acts=ACTS, who=st.booleans())
def test_no_acts_of_one_person_alone_meet_the_appetite(
    people: People, tier_1: Release, inherent: tuple[int, int], acts, who: bool
) -> None:
    actor = people.analyst if who else people.owner
    with transaction.atomic():
        verdict = verdict_of(people, tier_1, "pass")
        risk = make_risk(
            tier_1.system, by=actor, inherent_likelihood=inherent[0], inherent_severity=inherent[1]
        )
        for kind, cell in acts:
            _try(actor, risk, verdict, kind, cell)
            assert seen(tier_1).status in {"missing", "failed", "stale"}
        transaction.set_rollback(True)


def _try(actor, risk: Risk, verdict: RunVerdict, kind: str, cell: tuple[int, int]) -> None:
    risk.refresh_from_db()
    rating = Rating(likelihood=cell[0], severity=cell[1])
    try:
        with transaction.atomic():
            if kind == "rate":
                rate_risk(actor=actor, risk=risk, rating=rating, rationale="Looks fine.")
            elif kind == "link":
                link_risk_to_run(actor=actor, risk=risk, run=verdict.run, verdict=verdict)
            elif kind == "inherent":
                facts = replace(facts_of(risk), inherent=rating)
                update_risk(actor=actor, risk=risk, facts=facts)
            elif kind == "close":
                close_risk(actor=actor, risk=risk, reason="Gone.")
            else:
                for waiting in risk.ratings.waiting():
                    answer_rating(actor=actor, rating=waiting, confirm=True, note="Mine.")
    except Refused:
        return
