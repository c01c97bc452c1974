"""Runs give the numbers that a person works out by hand, once, and keep what made them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from evaluations.methods.results import result_digest
from evaluations.models import Run, RunVerdict
from evaluations.services.execution import ExecuteRun
from evaluations.services.runs import (
    cancel_run,
    repeat_run,
    repetition_of,
    start_runs,
    start_uncounted_run,
)
from rai_portal.ledger.models import Entry
from rai_portal.work import engine
from registry.models import Release
from tests.evaluations.services.cases import GAP, RATIO, check, decisions, locked_plan
from tests.factories import People


def _run(people: People, release: Release, run_work: Any) -> Run:
    dataset = decisions(people, release)
    locked_plan(people, release, dataset)
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run.refresh_from_db()
    assert run.state == "succeeded", run.message
    return run


def _of(run: Run, metric: str) -> RunVerdict:
    return run.verdicts.get(check_row__metric=metric)


def test_one_run_answers_three_checks_with_the_numbers_worked_by_hand(
    people: People, release: Release, run_work: Any
) -> None:
    run = _run(people, release, run_work)

    gap = _of(run, GAP)
    # 160 of 200 in A less 50 of 100 in B; C has four rows and is left out.
    assert gap.value == pytest.approx(0.80 - 0.50)
    assert gap.n == 300
    assert gap.pair == "A − B"
    assert gap.low is not None and gap.high is not None
    assert gap.value is not None
    assert gap.low < gap.value < gap.high
    # Two groups are one pair: its simultaneous bound is its own, and it decides.
    assert gap.bound == gap.simultaneous_low == gap.low
    assert gap.decided == ""
    assert gap.verdict == "fail"
    assert gap.simultaneous_low is not None and gap.simultaneous_low > 0.10
    ratio = _of(run, RATIO)
    assert ratio.value == pytest.approx(0.50 / 0.80)
    assert ratio.pair == "B ÷ A"
    assert ratio.verdict == "fail"
    rates = _of(run, "false_positive_rate")
    assert rates.verdict == "not_estimable"
    assert "C" in rates.sentence
    assert run.result is not None
    assert run.result["excluded"] == [
        {"group": {"race": "C"}, "n": 4, "reason": "fewer than 30 rows"}
    ]


def test_a_result_names_what_made_it_and_its_digest_can_be_worked_out_again(
    people: People, release: Release, run_work: Any
) -> None:
    run = _run(people, release, run_work)
    assert run.result is not None
    found = run.result["provenance"]

    assert run.result_digest == result_digest(run.result)
    assert found["inputs"]["data"]["sha256"] == run.dataset.file.sha256
    assert found["inputs"]["data"]["read_sha256"] == run.dataset.file.sha256
    assert found["packages"]["numpy"]
    assert found["packages"]["duckdb"]
    assert len(found["code"]["digest"]) == 64
    assert found["started_by"] == str(people.analyst)
    assert set(found["durations"]) >= {"loading", "computing", "drawing"}
    assert found["attempts"] == 1
    assert found["peak_memory_bytes"] > 1_000_000
    assert run.result["parameters"]["level"] == 0.95
    assert run.result["parameters"]["outcome_word"] == "approved"
    assert "0.30" in run.headline
    assert all(figure["svg"].startswith("<svg") for figure in run.result["figures"])
    assert run.result["figures"]


def test_reading_a_sensitive_column_is_in_the_ledger_with_its_purpose(
    people: People, release: Release, run_work: Any
) -> None:
    run = _run(people, release, run_work)
    entry = Entry.objects.get(action="dataset.sensitive_read")
    assert entry.actor == people.analyst
    assert entry.payload.after["details"] == {
        "run": run.pk,
        "columns": [
            {
                "column": "race",
                "purpose": "Testing for discrimination",
                "legal_basis": "Equal Credit Opportunity Act",
            }
        ],
    }
    assert Entry.objects.filter(action="run.succeeded", subject_id=run.pk).count() == 1


def test_two_deliveries_give_one_result(people: People, release: Release, run_work: Any) -> None:
    run = _run(people, release, run_work)
    engine.perform(Run, run.pk)
    again = Run.objects.get(pk=run.pk)
    assert (again.attempts, again.ended_at) == (1, run.ended_at)
    assert again.verdicts.count() == 3
    assert Entry.objects.filter(action="run.succeeded", subject_id=run.pk).count() == 1


def test_the_same_run_repeated_gives_the_same_digest(
    people: People, release: Release, run_work: Any
) -> None:
    run = _run(people, release, run_work)
    with run_work():
        again = repeat_run(actor=people.analyst, run=run)
    again.refresh_from_db()

    assert again.result_digest == run.result_digest
    found = repetition_of(again)
    assert found is not None
    assert found.same is True
    assert found.original == run
    assert again.look == run.look == 1
    entry = Entry.objects.get(action="run.succeeded", subject_id=again.pk)
    assert entry.payload.after["details"]["same"] is True


def test_other_data_gives_another_digest(people: People, release: Release, run_work: Any) -> None:
    run = _run(people, release, run_work)
    content = "id,race,approved,predicted\n" + "".join(
        f"{n},{'AB'[n % 2]},{n % 3 % 2},{n % 3 % 2}\n" for n in range(300)
    )
    other = decisions(people, release, content.encode())
    with run_work():
        found = start_uncounted_run(
            actor=people.analyst, method=run.method, dataset=other, release=release
        )
    found.refresh_from_db()
    assert found.state == "succeeded", found.message
    assert found.result_digest != run.result_digest
    assert not found.verdicts.exists()


def test_a_worker_that_is_killed_is_replaced_and_after_three_attempts_the_run_fails(
    people: People, release: Release, run_work: Any, settings: Any
) -> None:
    dataset = decisions(people, release)
    locked_plan(people, release, dataset)
    (run,) = start_runs(actor=people.analyst, release=release)

    def die(attempt: int) -> None:
        """A claim whose heartbeat is older than a worker may be silent."""
        Run.objects.filter(pk=run.pk).update(
            state="running", claim="gone", attempts=attempt, started_at=run.queued_at,
            heartbeat_at=run.queued_at.replace(year=run.queued_at.year - 1), sent_at=run.queued_at,
        )  # fmt: skip

    for attempt in (1, 2):
        die(attempt)
        assert engine.recover() == 1
        run.refresh_from_db()
        assert run.state == "queued"
        assert run.claim == ""
    die(settings.WORK_MAX_ATTEMPTS)
    engine.recover()

    run.refresh_from_db()
    assert run.state == "failed"
    assert run.message == "Its worker stopped without a word, after 3 attempts. Nothing was kept."
    assert {verdict.verdict for verdict in run.verdicts.all()} == {"error"}
    assert Entry.objects.filter(action="run.failed", subject_id=run.pk).count() == 1


def test_a_run_taken_up_again_is_finished(people: People, release: Release, run_work: Any) -> None:
    dataset = decisions(people, release)
    locked_plan(people, release, dataset)
    (run,) = start_runs(actor=people.analyst, release=release)
    Run.objects.filter(pk=run.pk).update(
        state="running", claim="gone", attempts=1, sent_at=run.queued_at,
        heartbeat_at=run.queued_at.replace(year=run.queued_at.year - 1),
    )  # fmt: skip
    with run_work():
        engine.recover()
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("succeeded", 2)
    assert run.result is not None
    assert run.result["provenance"]["attempts"] == 2


def test_a_run_cancelled_while_it_runs_keeps_nothing(
    people: People, release: Release, run_work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = decisions(people, release)
    locked_plan(people, release, dataset)
    original = ExecuteRun._evaluated

    def cancelled_meanwhile(self: ExecuteRun, *arguments: Any) -> Any:
        cancel_run(actor=people.analyst, run=self.run)
        return original(self, *arguments)

    monkeypatch.setattr(ExecuteRun, "_evaluated", cancelled_meanwhile)
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert run.message == "Cancelled while it ran. Nothing was kept."
    assert run.result is None
    assert not run.verdicts.exists()


def test_a_column_that_the_file_lacks_is_a_sentence(
    people: People, release: Release, run_work: Any
) -> None:
    dataset = decisions(people, release, b"id,race,approved\n" + b"1,A,1\n" * 60)
    locked_plan(people, release, dataset, check(dataset))
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.message == ("The file has no column 'predicted'. It has: id, race, approved.")
    assert _of(run, GAP).verdict == "error"


def test_bytes_that_changed_on_disk_give_no_result(
    people: People, release: Release, run_work: Any
) -> None:
    dataset = decisions(people, release, b"id,race,approved,predicted\n" + b"1,A,1,1\n" * 40)
    locked_plan(people, release, dataset, check(dataset))
    dataset.file.path.write_bytes(b"id,race,approved,predicted\n" + b"1,A,1,0\n" * 40)
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "is not what was uploaded" in run.message


@pytest.mark.parametrize("column", ["result_digest", "headline", "seed", "counts", "look"])
def test_the_database_refuses_to_change_an_ended_run(
    people: People, release: Release, run_work: Any, column: str
) -> None:
    run = _run(people, release, run_work)
    with (
        pytest.raises(DatabaseError, match="immutable once ended"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        value = "true" if column == "counts" and connection.vendor == "postgresql" else "7"
        if column == "counts":
            value = value.replace("true", "false")
        cursor.execute(f"UPDATE evaluations_run SET {column} = {value} WHERE id = %s", [run.pk])


def test_the_database_refuses_to_change_a_verdict(
    people: People, release: Release, run_work: Any
) -> None:
    run = _run(people, release, run_work)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RunVerdict.objects.filter(run=run).update(verdict="pass")
