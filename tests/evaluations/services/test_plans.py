"""Plans: proposed, adjusted with a reason, locked for good, replaced in the open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from evaluations.methods.catalogue import get
from evaluations.models import Check, EvaluationPlan, Run
from evaluations.services.plans import (
    add_check,
    adjust_check,
    current_plan,
    limit_history,
    lock_plan,
    lock_problems,
    propose_plan,
    remove_check,
    replace_plan,
    restore_check,
)
from evaluations.services.runs import start_runs
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.choices import ColumnRole
from registry.models import Contribution, Release
from registry.services.datasets import ColumnRoleInput, set_roles
from tests.evaluations.services.cases import GAP, check, decisions, locked_plan, three_checks
from tests.factories import People, make_dataset


def _draft(people: People, release: Release) -> EvaluationPlan:
    return propose_plan(
        actor=people.analyst, release=release, policy_digest="0" * 64,
        planned=three_checks(decisions(people, release)),
    )  # fmt: skip


def test_proposing_again_replaces_the_checks_of_a_draft(people: People, release: Release) -> None:
    plan = _draft(people, release)
    dataset = plan.checks.first().dataset
    again = propose_plan(
        actor=people.owner, release=release, planned=[check(dataset)], policy_digest="1" * 64
    )
    assert again == plan
    assert again.checks.count() == 1
    assert current_plan(release) == plan


@pytest.mark.parametrize("role", ["board", "reviewer", "executive", "auditor", "administrator"])
def test_only_analyst_and_owner_plan(people: People, release: Release, role: str) -> None:
    plan = _draft(people, release)
    actor = getattr(people, role)
    with pytest.raises(NotAllowed):
        lock_plan(actor=actor, plan=plan)
    with pytest.raises(NotAllowed):
        adjust_check(
            actor=actor, check=plan.checks.all()[0], threshold=Decimal("0.2"), reason="More."
        )
    plan.refresh_from_db()
    assert plan.state == "draft"


def test_a_stranger_plans_nothing(people: People, release: Release) -> None:
    with pytest.raises(NotAllowed):
        propose_plan(actor=people.stranger, release=release, planned=[], policy_digest="")
    assert current_plan(release) is None


def test_a_limit_moves_only_with_a_reason(people: People, release: Release) -> None:
    first = _draft(people, release).checks.get(metric=GAP)
    with pytest.raises(Refused, match="Say why"):
        adjust_check(actor=people.analyst, check=first, threshold=Decimal("0.05"), reason=" ")
    row = adjust_check(
        actor=people.analyst, check=first, threshold=Decimal("0.05"), reason="Bank's own limit."
    )
    assert (row.threshold, row.adjustment_reason) == (Decimal("0.05"), "Bank's own limit.")
    entry = Entry.objects.get(action="check.adjusted")
    assert entry.payload.before["threshold"] == "0.100000"
    assert entry.payload.after["threshold"] == "0.05"


def test_a_removed_check_stays_visible_with_its_reason(people: People, release: Release) -> None:
    plan = _draft(people, release)
    row = remove_check(actor=people.analyst, check=plan.checks.get(metric=GAP), reason="Not ours.")
    assert (row.removed, plan.checks.count(), plan.checks.filter(removed=False).count()) == (
        True, 3, 2,
    )  # fmt: skip
    back = restore_check(actor=people.analyst, check=row, reason="It is ours after all.")
    assert back.removed is False


def test_parameters_that_the_method_does_not_take_are_refused(
    people: People, release: Release
) -> None:
    row = _draft(people, release).checks.get(metric=GAP)
    for parameters, words in (
        ({"smallest": 3}, "has no parameter"),
        ({"minimum_group_size": 0}, "must be from 1"),
        ({"level": 0.5}, "follows from how often"),
    ):
        with pytest.raises(Refused, match=words):
            adjust_check(actor=people.analyst, check=row, parameters=parameters, reason="Try.")
    with pytest.raises(Refused, match="yields no metric"):
        add_check(
            actor=people.analyst, plan=row.plan, planned=check(row.dataset, "kindness"), reason="x"
        )


def test_locking_fixes_digest_version_and_names_a_contributor(
    people: People, release: Release
) -> None:
    plan = lock_plan(actor=people.owner, plan=_draft(people, release))
    assert plan.digest == plan.computed_digest()
    assert len(plan.digest) == 64
    assert {row.method_version for row in plan.checks.all()} == {
        get(row.method).version for row in plan.checks.all()
    }
    assert Contribution.objects.filter(
        release=release, user=people.owner, act="plan.locked"
    ).exists()


def test_a_plan_without_data_or_roles_is_not_locked(people: People, release: Release) -> None:
    loose = make_dataset(portfolio=people.portfolio, by=people.analyst)
    plan = propose_plan(
        actor=people.analyst, release=release, policy_digest="",
        planned=[check(None), check(loose), check(loose, "auc_worst_difference")],
    )  # fmt: skip
    sentences = [problem.sentence for problem in lock_problems(plan)]
    assert sentences[0].startswith("It has no dataset.")
    assert "no part of the release" in sentences[1]
    assert any("has no score column" in sentence for sentence in sentences)
    with pytest.raises(Refused, match="The plan was not locked"):
        lock_plan(actor=people.analyst, plan=plan)


def test_a_group_column_that_lost_its_purpose_keeps_the_plan_open(
    people: People, release: Release
) -> None:
    plan = _draft(people, release)
    dataset = plan.checks.all()[0].dataset
    assert dataset is not None
    set_roles(
        actor=people.analyst, dataset=dataset, favourable="1", positive_label="1",
        roles={"race": ColumnRoleInput(role=ColumnRole.IGNORED)},
    )  # fmt: skip
    assert any("no sensitive column “race”" in item.sentence for item in lock_problems(plan))


def test_a_locked_plan_refuses_every_change_by_service(people: People, release: Release) -> None:
    plan = locked_plan(people, release, decisions(people, release))
    row = plan.checks.get(metric=GAP)
    with pytest.raises(Refused, match="is locked"):
        adjust_check(actor=people.analyst, check=row, threshold=Decimal("0.9"), reason="Later.")
    with pytest.raises(Refused, match="is locked"):
        remove_check(actor=people.analyst, check=row, reason="Later.")
    with pytest.raises(Refused, match="is locked"):
        propose_plan(actor=people.analyst, release=release, planned=[], policy_digest="")
    with pytest.raises(Refused, match="is locked"):
        lock_plan(actor=people.analyst, plan=plan)


def test_a_locked_plan_refuses_every_change_by_the_database(
    people: People, release: Release
) -> None:
    plan = locked_plan(people, release, decisions(people, release))
    row = plan.checks.get(metric=GAP)
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        Check.objects.filter(pk=row.pk).update(threshold=Decimal("0.9"))
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        EvaluationPlan.objects.filter(pk=plan.pk).update(state="draft")
    with pytest.raises(DatabaseError, match="no further checks"), transaction.atomic():
        Check.objects.create(
            plan=plan, title="x", short_title="x", method="m", method_version="1", metric="m",
            direction="estimable",
        )  # fmt: skip
    with pytest.raises(DatabaseError, match="stays"), transaction.atomic():
        Check.objects.filter(pk=row.pk).delete()


def test_a_replaced_plan_stays_and_a_moved_limit_shows_for_ever(
    people: People, release: Release
) -> None:
    plan = locked_plan(people, release, decisions(people, release))
    with pytest.raises(Refused, match="Say why the locked plan"):
        replace_plan(actor=people.analyst, plan=plan, reason="")
    draft = replace_plan(actor=people.analyst, plan=plan, reason="The bank's limit is stricter.")
    assert (draft.number, draft.checks.count(), plan.checks.count()) == (2, 3, 3)
    row = adjust_check(
        actor=people.analyst, check=draft.checks.get(metric=GAP), threshold=Decimal("0.05"),
        reason="As decided.",
    )  # fmt: skip
    lock_plan(actor=people.analyst, plan=draft)

    history = limit_history(row)
    assert [(item.plan_number, item.threshold, item.moved) for item in history] == [
        (1, Decimal("0.10"), ""),
        (2, Decimal("0.05"), "Limit moved"),
    ]
    assert history[1].reason == "The bank's limit is stricter.; As decided."
    with pytest.raises(Refused, match="not the locked plan in force"):
        replace_plan(actor=people.analyst, plan=plan, reason="Again.")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evaluations_check SET plan_id = {locked} WHERE plan_id = {draft}",
        "INSERT OR REPLACE INTO evaluations_check ({columns}) SELECT {moved} FROM "
        "evaluations_check WHERE plan_id = {locked}",
        "INSERT OR REPLACE INTO evaluations_evaluationplan SELECT * FROM "
        "evaluations_evaluationplan WHERE id = {locked}",
        "DELETE FROM evaluations_evaluationplan WHERE id = {locked}",
        "TRUNCATE evaluations_evaluationplan CASCADE",
    ],
)
def test_the_database_keeps_a_locked_plan_whole(
    people: People, release: Release, statement: str
) -> None:
    locked = locked_plan(people, release, decisions(people, release))
    draft = replace_plan(actor=people.analyst, plan=locked, reason="Another try.")
    columns = [field.column for field in Check._meta.concrete_fields]
    moved = [str(draft.pk) if name == "plan_id" else name for name in columns]
    sql = statement.format(
        locked=locked.pk, draft=draft.pk, columns=", ".join(columns), moved=", ".join(moved)
    )
    before = locked.computed_digest()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert EvaluationPlan.objects.get(pk=locked.pk).computed_digest() == before


def test_the_database_keeps_when_and_where_a_run_was_asked_for(
    people: People, release: Release, run_work: Any
) -> None:
    locked_plan(people, release, decisions(people, release))
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    for changes in (
        {"queued_at": timezone.now()}, {"title": "Another"}, {"repeat_of": run.pk},
        {"portfolio": people.other_portfolio},
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match="immutable once ended"), transaction.atomic():
            Run.objects.filter(pk=run.pk).update(**changes)
