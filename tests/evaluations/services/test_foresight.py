"""From a draft to what its checks can show: counted by a worker, stored, fixed by the lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from evaluations.models import Check, EvaluationPlan, SizeCount
from evaluations.services.foresight import ask_for_sizes
from evaluations.services.plans import adjust_check, lock_plan, propose_plan, replace_plan
from evaluations.services.runs import start_runs
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.choices import ColumnRole
from registry.models import Release
from registry.services.datasets import ColumnRoleInput, set_roles
from tests.evaluations.services.cases import GAP, check, decisions, three_checks
from tests.factories import People

type Work = Callable[[], AbstractContextManager[object]]


def draft(people: People, release: Release, content: bytes | None = None) -> EvaluationPlan:
    planned = three_checks(decisions(people, release, content))
    return propose_plan(
        actor=people.analyst, release=release, planned=planned, policy_digest="0" * 64
    )


@pytest.fixture
def plan(people: People, release: Release, run_work: Work) -> EvaluationPlan:
    with run_work():
        return draft(people, release)


def gap(plan: EvaluationPlan) -> Check:
    return plan.checks.get(metric=GAP)


def test_a_proposed_plan_has_its_groups_counted_and_says_what_they_can_show(
    plan: EvaluationPlan,
) -> None:
    count = SizeCount.objects.get()
    assert count.state == "succeeded", count.message
    # A: 160 approved of 200, ten of them with a label that says otherwise; B: 50 of 100; C: 1 of 4.
    assert count.sizes["columns"]["race"] == [
        {"group": "A", "positive": 150, "negative": 50, "unknown": 0},
        {"group": "B", "positive": 50, "negative": 50, "unknown": 0},
        {"group": "C", "positive": 1, "negative": 3, "unknown": 0},
    ]
    assert (count.sizes["favourable"], count.sizes["unfavourable"]) == (211, 93)
    found = gap(plan).foresight
    assert found["rate"] == pytest.approx(211 / 304)
    assert found["left_out"] == [{"group": "C", "n": 4, "reason": "4 rows; 30 are needed"}]
    # Newcombe's half-width of two equal rates of 0.69 from 200 and 100 rows is some 0.11: above
    # the limit of 0.10 whatever is drawn.
    assert found["chance"] < 0.05
    assert found["low"]
    estimable = plan.checks.get(metric="false_positive_rate").foresight
    assert estimable["chance"] == 0.0
    assert "C: 4 rows; 30 are needed" in estimable["warning"]


def test_nothing_that_is_kept_tells_a_prediction_of_a_group(plan: EvaluationPlan) -> None:
    sizes = SizeCount.objects.get().sizes
    assert set(sizes) == {"schema", "whole", "favourable", "unfavourable", "columns"}
    kept = {key for group in sizes["columns"]["race"] for key in group}
    assert kept == {"group", "positive", "negative", "unknown"}


def test_the_sensitive_read_is_in_the_ledger_with_its_purpose(
    people: People, plan: EvaluationPlan
) -> None:
    entry = Entry.objects.get(action="dataset.sensitive_read")
    assert entry.payload.after["details"]["for"] == "group sizes"
    assert entry.payload.after["details"]["columns"][0]["purpose"] == "Testing for discrimination"
    assert Entry.objects.filter(action="dataset.sizes_counted").exists()


def test_a_looser_limit_is_foreseen_at_once_and_counts_nothing_again(
    people: People, plan: EvaluationPlan
) -> None:
    before = gap(plan).foresight
    row = adjust_check(
        actor=people.analyst, check=gap(plan), threshold=Decimal("0.20"), reason="As the bank has."
    )
    row.refresh_from_db()
    assert row.foresight["chance"] > before["chance"]
    assert SizeCount.objects.count() == 1


def test_the_lock_fixes_the_figures_and_the_ledger_holds_them(
    people: People, plan: EvaluationPlan
) -> None:
    lock_plan(actor=people.analyst, plan=plan)
    row = gap(plan)
    (told,) = Entry.objects.filter(action="plan.locked")
    kept = {item["check"]: item for item in told.payload.after["details"]["foreseen"]}
    assert float(kept[row.pk]["chance"]) == row.foresight["chance"]
    assert kept[row.pk]["warning"] == row.foresight["warning"]
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        Check.objects.filter(pk=row.pk).update(foresight={})


def test_a_plan_locked_before_its_groups_were_counted_says_so_for_ever(
    people: People, release: Release
) -> None:
    plan = draft(people, release)
    assert gap(plan).foresight["unknown"] == "Group sizes are being counted."
    lock_plan(actor=people.analyst, plan=plan)
    assert gap(plan).foresight["unknown"] == "Group sizes are being counted."


def test_new_roles_make_the_count_unknown_until_it_is_asked_for_again(
    people: People, plan: EvaluationPlan, run_work: Work
) -> None:
    dataset = gap(plan).dataset
    assert dataset is not None
    set_roles(
        actor=people.analyst, dataset=dataset, favourable="0", positive_label="1",
        roles={"predicted": ColumnRoleInput(role=ColumnRole.PREDICTION)},
    )  # fmt: skip
    with run_work():
        ask_for_sizes(actor=people.analyst, plan=plan)
    assert SizeCount.objects.count() == 2
    # The favourable prediction is the other one now: 93 of 304.
    assert gap(plan).foresight["rate"] == pytest.approx(93 / 304)


def test_data_that_cannot_be_counted_by_is_said_to_be_unknown(
    people: People, release: Release, run_work: Work
) -> None:
    rows = "".join(f"{n},place {n},1,{n % 2}\n" for n in range(300))
    with run_work():
        plan = draft(people, release, f"id,race,approved,predicted\n{rows}".encode())
    count = SizeCount.objects.get()
    assert count.state == "failed"
    assert "300 different values" in count.message
    assert "chance" not in (gap(plan).foresight or {})


def test_a_second_look_is_foreseen_at_its_stricter_level(
    people: People, plan: EvaluationPlan, run_work: Work
) -> None:
    adjust_check(
        actor=people.analyst, check=gap(plan), threshold=Decimal("0.15"), reason="As agreed."
    )
    first = gap(plan).foresight
    lock_plan(actor=people.analyst, plan=plan)
    with run_work():
        start_runs(actor=people.analyst, release=plan.release)
    with run_work():
        draft_2 = replace_plan(actor=people.analyst, plan=plan, reason="More rows came in.")
        other = decisions(
            people, plan.release,
            b"id,race,approved,predicted\n" + b"".join(
                b"%d,%s,1,%d\n" % (n, b"A" if n % 3 else b"B", n % 10 > 2) for n in range(300)
            ),
        )  # fmt: skip
        row = adjust_check(
            actor=people.analyst, check=gap(draft_2), dataset=other, reason="The new rows."
        )
    row.refresh_from_db()
    assert (first["look"], first["level"]) == (1, 0.95)
    assert (row.foresight["look"], row.foresight["level"]) == (2, 0.975)


def test_only_who_plans_may_have_it_counted_and_only_for_a_draft(
    people: People, plan: EvaluationPlan
) -> None:
    for actor in (people.auditor, people.board, people.stranger):
        with pytest.raises(NotAllowed):
            ask_for_sizes(actor=actor, plan=plan)
    lock_plan(actor=people.analyst, plan=plan)
    plan.refresh_from_db()
    with pytest.raises(Refused, match="is locked"):
        ask_for_sizes(actor=people.analyst, plan=plan)


def test_a_check_without_groups_to_compare_is_not_in_the_way(
    people: People, release: Release
) -> None:
    plan = propose_plan(
        actor=people.analyst, release=release, planned=[check(None)], policy_digest="0" * 64
    )
    assert gap(plan).foresight is None
    assert not SizeCount.objects.exists()


def test_a_column_of_numbers_is_counted_by_its_declared_edges(
    people: People, release: Release, run_work: Work
) -> None:
    # Ages 20 to 69, six rows of each: 20 years under 40, 30 from 40 on.
    rows = "".join(f"{n},{20 + n % 50},1,{n % 2}\n" for n in range(300))
    dataset = decisions(people, release, f"id,race,approved,predicted\n{rows}".encode())
    dataset.columns.filter(name="race").update(edges=["40"])
    with run_work():
        propose_plan(
            actor=people.analyst, release=release, planned=[check(dataset)], policy_digest="0" * 64
        )
    count = SizeCount.objects.get()
    assert count.sizes is not None, count.message
    assert sorted(group["positive"] for group in count.sizes["columns"]["race"]) == [120, 180]
