"""How a stored result becomes the words of its page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from evaluations.models import Run
from evaluations.queries import run_page
from evaluations.queries.run_beside import beside
from evaluations.queries.run_figures import figure_cards
from evaluations.services.evidence import earlier_runs
from evaluations.services.runs import repeat_run, start_runs
from registry.models import Release
from tests.evaluations.services.cases import check, decisions, locked_plan
from tests.factories import People

type Work = Callable[[], AbstractContextManager[object]]


@pytest.fixture
def ran(people: People, release: Release, run_work: Work) -> Run:
    data = decisions(people, release)
    locked_plan(people, release, data)
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run.refresh_from_db()
    assert run.state == "succeeded", run.message
    return run


def test_the_worst_verdict_answers_in_plain_words_with_the_limit(ran: Run) -> None:
    rows = run_page.verdict_rows(ran)
    found = run_page.answer(ran, rows)
    assert [row.verdict.verdict for row in rows] == ["fail", "fail", "not_estimable"]
    assert found.word == "fail"
    assert found.tone == "bad"
    # 160 of 200 in A less 50 of 100 in B is 0.30.
    assert found.sentence.startswith(
        "People recorded as B are approved 0.30 less often than those recorded as A ("
    )
    assert found.sentence.endswith("The limit is 0.10.")
    assert "beyond the limit of at most 0.10" in found.more


def test_the_limit_of_a_gap_and_of_a_ratio_are_drawn_each_in_a_figure_of_its_own(ran: Run) -> None:
    cards = {card.heading: card for card in figure_cards(ran)}
    gaps, ratios = (
        cards["Gaps in selection rate by race"],
        cards["Ratios of selection rate by race"],
    )
    assert "limit of 0.10" in gaps.figure["title"]
    assert "limit of 0.80" in ratios.figure["title"]
    assert all("<svg" in card.figure["svg"] for card in cards.values())


def test_only_figures_that_checks_are_about_stand_unfolded(ran: Run) -> None:
    first = {card.heading for card in figure_cards(ran) if card.first}
    assert first == {
        "Selection rate by race",
        "Gaps in selection rate by race",
        "Ratios of selection rate by race",
        "False positive rate by race",
        "Gaps in false positive rate by race",
    }


def test_without_a_check_the_headline_answers_and_nothing_is_a_verdict(ran: Run) -> None:
    ran.counts = False
    found = run_page.answer(ran, [])
    assert (found.word, found.row) == ("", None)
    assert "does not count" in found.more


def test_a_control_that_does_not_hold_stands_beside_the_verdict(ran: Run) -> None:
    assert run_page.lost_controls(ran) == ""
    assert ran.result is not None
    ran.result["diagnostics"] = [
        {"title": "Attributions add up", "detail": "All rows.", "passed": True},
        {
            "title": "Similar rows are explained alike",
            "detail": "0.42; 0.8 needed.",
            "passed": False,
        },
        {"title": "Game", "detail": "Interventional.", "passed": None},
    ]
    more = run_page.answer(ran, run_page.verdict_rows(ran)).more
    assert more.endswith(
        "What does not hold of the computation itself: "
        "Similar rows are explained alike (0.42; 0.8 needed)."
    )


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (
            {
                "metric": "selection_rate_worst_ratio",
                "group": None,
                "by": ["race"],
                "pair": {"high": {"race": "A"}, "low": {"race": "B"}},
            },
            "worst pair by race: B ÷ A",
        ),
        ({"group": None}, "whole"),
        ({"group": {"race": "Black"}}, "Black"),
        ({"group": {"race": "Black"}, "reference": {"race": "White"}}, "Black against White"),
        (
            {
                "metric": "selection_rate_worst_difference",
                "group": None,
                "by": ["race"],
                "pair": {"high": {"race": "A"}, "low": {"race": "B"}},
            },
            "worst pair by race: A − B",
        ),
        (
            {"group": {"race": "B", "feature": "x"}, "reference": {"race": "A", "feature": "x"}},
            "B, x against A",
        ),
    ],
)
def test_a_metric_says_whom_it_is_about(record: dict[str, object], text: str) -> None:
    assert run_page.group_words(record) == text


def test_a_worst_pair_is_printed_with_the_interval_of_the_pair_it_names() -> None:
    estimate = {
        "value": 0.30, "low": 0.20, "high": 0.40, "n": 300, "interval": "newcombe",
        "shown_low": 0.15, "shown_high": 0.40,
    }  # fmt: skip
    assert run_page.shown_text({"estimate": estimate}) == "0.30 (0.20 to 0.40)"


def test_simultaneous_bounds_that_belong_to_no_named_pair_are_not_drawn() -> None:
    pair = {"high": {"race": "A"}, "low": {"race": "B"}}
    estimate = {"value": 0.15, "low": -0.003, "high": 0.24, "simultaneous_low": 0.012, "n": 794}
    old = {"metric": "selection_rate_worst_difference", "pair": pair, "estimate": estimate}
    assert "simultaneous_low" not in run_page.outcome_of(old)["estimate"]
    new = {**old, "bounds": {}}
    assert run_page.outcome_of(new)["estimate"] == estimate


def test_a_small_error_is_never_printed_as_nothing() -> None:
    exact = {"value": 1.6e-06, "n": 400, "interval": "exact"}
    assert run_page.shown_text({"estimate": exact}) == "0.0000016"


def test_reasons_name_metrics_in_words_and_missing_membership_by_its_column(ran: Run) -> None:
    ran.result = {
        "method": {"key": "fairness.group_rates"},
        "excluded": [
            {"group": {"race": "C"}, "n": 4, "reason": "false_positive_rate: 3 of 30 rows"},
            {"group": {"sex": "not recorded"}, "n": 15, "reason": "no value in age_band"},
        ],
    }
    assert run_page.excluded(ran) == [
        {"group": "C", "n": 4, "where": "False positive rate", "reason": "3 of 30 rows"},
        {
            "group": "Sex not recorded",
            "n": 15,
            "where": "Every comparison",
            "reason": "No value in age_band",
        },
    ]


def test_a_repetition_is_no_earlier_run_to_compare_with(
    people: People, ran: Run, run_work: Work
) -> None:
    with run_work():
        again = repeat_run(actor=people.analyst, run=ran)
    again = Run.objects.get(pk=again.pk)
    assert again.result_digest == ran.result_digest
    assert beside(again, run_page.verdict_rows(again), earlier_runs(again, people.analyst)) is None


def test_a_run_on_other_data_stands_beside_the_first_with_its_own_number(
    people: People, release: Release, ran: Run, run_work: Work
) -> None:
    from evaluations.services.plans import current_plan, lock_plan, propose_plan, replace_plan

    lines = ["id,race,approved,predicted"]
    lines += [f"a{n},A,{int(n < 60)},{int(n < 60)}" for n in range(100)]
    lines += [f"b{n},B,{int(n < 50)},{int(n < 50)}" for n in range(100)]
    data = decisions(people, release, ("\n".join(lines) + "\n").encode())
    plan = current_plan(release)
    assert plan is not None
    replace_plan(actor=people.analyst, plan=plan, reason="New rows came in.")
    draft = propose_plan(
        actor=people.analyst, release=release, planned=[check(data)], policy_digest="0" * 64
    )
    lock_plan(actor=people.analyst, plan=draft)
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run.refresh_from_db()
    found = beside(run, run_page.verdict_rows(run), earlier_runs(run, people.analyst))
    assert found is not None
    # 60 of 100 less 50 of 100 now, 160 of 200 less 50 of 100 before.
    assert found.own.startswith("0.10 (")
    assert [(row.run.pk, row.text[:6]) for row in found.rows] == [(ran.pk, "0.30 (")]
