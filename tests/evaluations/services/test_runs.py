"""Starting runs: who may, from which plan, how often, and which look it is."""

from __future__ import annotations

from typing import Any

import pytest

from evaluations.models import Run
from evaluations.services.evidence import (
    compare,
    earlier_runs,
    is_stale,
    latest_verdicts,
    runs_by_check,
)
from evaluations.services.limits import limit_history, limit_moved
from evaluations.services.looks import inputs_key, look_facts, look_for
from evaluations.services.plans import PlannedCheckInput, lock_plan, propose_plan, replace_plan
from evaluations.services.runs import cancel_run, repeat_run, start_runs, start_uncounted_run
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.models import Contribution, Dataset, Release
from registry.services.datasets import set_roles
from tests.evaluations.services.cases import GAP, RATIO, check, decisions, locked_plan
from tests.factories import People, make_dataset, make_release

OTHER_ROWS = "id,race,approved,predicted\n" + "".join(
    # 40 of A (all approved) and 40 of B (all refused).
    f"{number},{'A' if number < 40 else 'B'},1,{int(number < 40)}\n" for number in range(80)
)  # fmt: skip


def _ended(run: Run) -> Run:
    run.refresh_from_db()
    assert run.state == "succeeded", run.message
    return run


def test_without_a_locked_plan_nothing_counts(people: People, release: Release) -> None:
    with pytest.raises(Refused, match="has no plan"):
        start_runs(actor=people.analyst, release=release)
    dataset = decisions(people, release)
    propose_plan(actor=people.analyst, release=release, planned=[check(dataset)], policy_digest="")
    with pytest.raises(Refused, match="is not locked"):
        start_runs(actor=people.analyst, release=release)
    assert not Run.objects.exists()


@pytest.mark.parametrize("role", ["stranger", "auditor", "board", "administrator"])
def test_those_without_the_right_start_cancel_and_repeat_nothing(
    people: People, release: Release, role: str
) -> None:
    locked_plan(people, release, decisions(people, release))
    (run,) = start_runs(actor=people.analyst, release=release)
    actor = getattr(people, role)
    with pytest.raises(NotAllowed):
        start_runs(actor=actor, release=release)
    with pytest.raises(NotAllowed):
        cancel_run(actor=actor, run=run)
    with pytest.raises(NotAllowed):
        repeat_run(actor=actor, run=run)
    assert Run.objects.get().state == "queued"


def test_a_pipeline_may_start_runs_and_whoever_starts_is_noted(
    people: People, release: Release
) -> None:
    locked_plan(people, release, decisions(people, release))
    (run,) = start_runs(actor=people.pipeline, release=release)
    assert run.counts
    assert Contribution.objects.filter(
        release=release, user=people.pipeline, act="run.started"
    ).exists()
    assert Entry.objects.get(action="run.started").actor == people.pipeline


def test_the_same_run_twice_at_once_is_refused_by_name(people: People, release: Release) -> None:
    plan = locked_plan(people, release, decisions(people, release))
    (run,) = start_runs(actor=people.analyst, release=release)
    with pytest.raises(Conflict, match=f"under way already: run {run.pk} "):
        start_runs(actor=people.analyst, release=release)
    with pytest.raises(Conflict, match=f"run {run.pk} "):
        start_runs(actor=people.analyst, release=release, checks=list(plan.checks.all()))


def test_checks_with_other_parameters_get_a_run_of_their_own(
    people: People, release: Release
) -> None:
    dataset = decisions(people, release)
    planned: list[PlannedCheckInput] = [
        check(dataset),
        check(dataset, RATIO, "0.80", direction="at_least"),
        check(dataset, "accuracy_worst_difference", parameters={"minimum_group_size": 50}),
    ]
    locked_plan(people, release, dataset, *planned)
    runs = start_runs(actor=people.analyst, release=release)
    assert [run.checks.count() for run in runs] == [2, 1]
    assert {run.seed for run in runs} == {runs[0].seed}
    assert 0 <= runs[0].seed < 2**53


def test_when_everything_has_a_result_nothing_is_started_by_default(
    people: People, release: Release, run_work: Any
) -> None:
    plan = locked_plan(people, release, decisions(people, release))
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    _ended(run)
    with pytest.raises(Refused, match="has a result on the present scope"):
        start_runs(actor=people.analyst, release=release)
    (again,) = start_runs(actor=people.analyst, release=release, checks=list(plan.checks.all()))
    assert again.repeat_of == run
    assert again.look == 1
    assert latest_verdicts(release).keys() == {row.pk for row in plan.checks.all()}
    assert [found.pk for found in runs_by_check(release)[plan.checks.get(metric=GAP).pk]] == [
        again.pk, run.pk,
    ]  # fmt: skip


def test_new_data_is_another_look_with_wider_intervals(
    people: People, release: Release, run_work: Any
) -> None:
    locked_plan(people, release, decisions(people, release))
    with run_work():
        (first,) = start_runs(actor=people.analyst, release=release)
    _ended(first)
    following = make_release(release.system, by=people.analyst)
    other = decisions(people, following, OTHER_ROWS.encode())
    locked_plan(people, following, other, check(other))
    with run_work():
        (second,) = start_runs(actor=people.analyst, release=following)
    _ended(second)

    # One-sided error 5 % / 2**2 leaves a two-sided level of 97.5 %.
    assert (first.look, first.parameters["level"]) == (1, 0.95)
    assert second.look == 2
    assert second.parameters["level"] == pytest.approx(0.975)
    assert second.verdicts.get().verdict == "fail"
    assert "Look 2" in look_facts(second).sentence
    assert list(earlier_runs(second, people.analyst)) == [first]
    assert not earlier_runs(second, people.stranger).exists()
    found = compare(second, first)
    assert not found.same_result
    assert "the data" in found.sentence
    gap = next(row for row in found.rows if row.key == GAP)
    # 40 of 40 less 0 of 40, after 160 of 200 less 50 of 100.
    assert gap.change == pytest.approx(1.0 - 0.30)


def test_another_column_is_another_look_and_other_groups_beside_are_none(
    people: People, release: Release, run_work: Any
) -> None:
    dataset = decisions(people, release)
    locked_plan(people, release, dataset)
    with run_work():
        (first,) = start_runs(actor=people.analyst, release=release)
    for column, look in ((None, 1), ("favourable", 2)):
        inputs = {**first.inputs, "columns": {**first.inputs["columns"], "groups": ["race", "sex"]}}
        if column:
            inputs[column] = "0"
        key = inputs_key(method=first.method, inputs=inputs, parameters=first.parameters)
        assert look_for(release.system, first.checks.all(), key).number == look
    other = {**first.inputs, "columns": {**first.inputs["columns"], "prediction": "second_try"}}
    key = inputs_key(method=first.method, inputs=other, parameters=first.parameters)
    assert look_for(release.system, first.checks.all(), key).number == 2


def test_no_verdict_rests_on_training_data(people: People, release: Release) -> None:
    dataset = decisions(people, release)
    release.release_datasets.update(use="training")
    with pytest.raises(Refused, match="is no evaluation data of the release"):
        locked_plan(people, release, dataset)


def test_a_changed_scope_makes_the_run_stale(
    people: People, release: Release, run_work: Any
) -> None:
    locked_plan(people, release, decisions(people, release))
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run = _ended(run)
    assert not is_stale(run)
    release.settings = {"cut_off": 0.4}
    release.save()
    assert is_stale(Run.objects.get(pk=run.pk))


def test_a_queued_run_is_cancelled_at_once_and_an_ended_one_not_at_all(
    people: People, release: Release
) -> None:
    locked_plan(people, release, decisions(people, release))
    (run,) = start_runs(actor=people.analyst, release=release)
    assert cancel_run(actor=people.owner, run=run).state == "cancelled"
    with pytest.raises(Conflict, match="has ended already"):
        cancel_run(actor=people.owner, run=run)
    assert start_runs(actor=people.analyst, release=release)[0].look == 1


def test_an_exploration_reads_declared_groups_only(people: People, release: Release) -> None:
    dataset = Dataset.objects.get(pk=decisions(people, release).pk)
    with pytest.raises(Refused, match="not declared sensitive"):
        start_uncounted_run(
            actor=people.analyst, method="fairness.group_rates", dataset=dataset, groups=("id",)
        )
    with pytest.raises(NotAllowed):
        start_uncounted_run(actor=people.stranger, method="fairness.group_rates", dataset=dataset)
    with pytest.raises(Refused, match="There is no method"):
        start_uncounted_run(actor=people.analyst, method="fairness.luck", dataset=dataset)


def _set_values(people: People, dataset: Dataset, favourable: str) -> None:
    set_roles(
        actor=people.analyst, dataset=dataset, roles={}, favourable=favourable,
        positive_label=dataset.positive_label,
    )  # fmt: skip


def test_a_locked_plan_fixes_which_value_is_favourable(
    people: People, release: Release, run_work: Any
) -> None:
    dataset = decisions(people, release)
    plan = locked_plan(
        people, release, dataset, check(dataset, RATIO, "0.80", direction="at_least")
    )
    assert plan.checks.get().reads == {
        "label": "approved", "prediction": "predicted", "score": None, "groups": ["race"],
        "favourable": "1", "positive_label": "1",
    }  # fmt: skip
    _set_values(people, dataset, "0")
    with pytest.raises(Refused, match="not those that the locked plan fixed"):
        start_runs(actor=people.analyst, release=release)
    new = replace_plan(actor=people.analyst, plan=plan, reason="Refusals are compared.")
    assert not limit_moved(new.checks.get())
    lock_plan(actor=people.analyst, plan=new)
    (change,) = [item for item in limit_history(new.checks.get()) if item.moved]
    assert (change.moved, change.plan_number) == ("Other columns, values or edges", 2)
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    assert run.inputs["favourable"] == "0"


def test_what_was_explored_first_stands_before_the_look_that_counts(
    people: People, release: Release, run_work: Any
) -> None:
    candidates = [decisions(people, release)]
    candidates += [
        make_dataset(
            portfolio=people.portfolio, by=people.analyst, system=release.system,
            content=OTHER_ROWS.encode() + b"99,A,1,1\n" * number,
        )
        for number in (1, 2)
    ]  # fmt: skip
    with run_work():
        for dataset in candidates:
            start_uncounted_run(
                actor=people.analyst, method="fairness.group_rates", dataset=dataset,
                release=release, groups=["race"],
            )  # fmt: skip
    locked_plan(people, release, candidates[0])
    (first,) = start_runs(actor=people.analyst, release=release)
    # The best of three that were seen: 5 % / 2**3 to each side.
    assert (first.look, first.parameters["level"]) == (3, pytest.approx(0.9875))


def test_exploring_what_is_run_then_costs_no_look(
    people: People, release: Release, run_work: Any
) -> None:
    dataset = decisions(people, release)
    with run_work():
        start_uncounted_run(
            actor=people.analyst, method="fairness.group_rates", dataset=dataset,
            release=release, groups=["race"],
        )  # fmt: skip
    locked_plan(people, release, dataset)
    assert start_runs(actor=people.analyst, release=release)[0].look == 1


def test_a_plan_replaced_draws_no_new_seed_for_the_same_look(
    people: People, release: Release, run_work: Any
) -> None:
    dataset = decisions(people, release)
    plan = locked_plan(people, release, dataset)
    with run_work():
        (first,) = start_runs(actor=people.analyst, release=release)
    new = replace_plan(actor=people.analyst, plan=plan, reason="Once more.")
    lock_plan(actor=people.analyst, plan=new)
    assert new.digest != plan.digest
    (again,) = start_runs(actor=people.analyst, release=release)
    assert (again.look, again.seed) == (1, first.seed)
