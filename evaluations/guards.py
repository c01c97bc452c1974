"""What the database refuses of plans and runs."""

from rai_portal.guards import Guard, append_only, changed, kept

ENDED = "OLD.state IN ('succeeded', 'failed', 'cancelled')"
RUN_COLUMNS = (
    "state", "result", "result_digest", "parameters", "inputs", "seed", "method",
    "method_version", "dataset_id", "model_id", "release_id", "plan_id", "counts", "look",
    "scope_digest", "started_by_id", "started_at", "ended_at", "headline", "queued_at",
    "portfolio_id", "repeat_of_id", "title",
)  # fmt: skip
LOCKED = "EXISTS (SELECT 1 FROM evaluations_evaluationplan p WHERE p.id = {}.plan_id AND p.state = 'locked')"

GUARDS: tuple[Guard, ...] = (
    Guard(
        name="run_frozen_once_ended",
        table="evaluations_run",
        event="UPDATE",
        condition=f"{ENDED} AND {changed(*RUN_COLUMNS)}",
        message="a run is immutable once ended",
    ),
    Guard(
        name="run_no_delete",
        table="evaluations_run",
        event="DELETE",
        message="a run is never deleted",
    ),
    *append_only("evaluations_runverdict", "id", "run_id,check_row_id"),
    Guard(
        name="plan_frozen_once_locked",
        table="evaluations_evaluationplan",
        event="UPDATE",
        condition="OLD.state = 'locked'",
        message="a locked plan does not change",
    ),
    kept("evaluations_evaluationplan", "id", "release_id,number"),
    Guard(
        name="check_frozen_once_locked",
        table="evaluations_check",
        event="UPDATE",
        condition=f"{LOCKED.format('OLD')} OR {LOCKED.format('NEW')}",
        message="a check of a locked plan does not change",
    ),
    Guard(
        name="check_not_added_once_locked",
        table="evaluations_check",
        event="INSERT",
        condition=LOCKED.format("NEW"),
        message="a locked plan takes no further checks",
    ),
    Guard(
        name="check_not_replaced_once_locked",  # SQLite deletes the row that is replaced unseen
        table="evaluations_check",
        event="INSERT",
        condition="EXISTS (SELECT 1 FROM evaluations_check c JOIN evaluations_evaluationplan p "
        "ON p.id = c.plan_id WHERE c.id = NEW.id AND p.state = 'locked')",
        message="a check of a locked plan stays",
    ),
    Guard(
        name="check_not_deleted_once_locked",
        table="evaluations_check",
        event="DELETE",
        condition=LOCKED.format("OLD"),
        message="a check of a locked plan stays",
    ),
)

RUN_CHECK_GUARDS: tuple[Guard, ...] = append_only("evaluations_run_checks")
"""For which checks a run was started is part of how often they were looked at."""
