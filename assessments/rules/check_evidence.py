"""The status of an evaluation from the runs of its checks."""

from __future__ import annotations

from assessments.rules.findings import Finding, RestsOn, by_id
from assessments.rules.gate_inputs import CheckEvidence, GateInputs, RunEvidence
from assessments.rules.numbers_text import sentence
from assessments.rules.outside_tests import is_outside, outside_test
from assessments.rules.requirements import Measure, Requirement
from assessments.rules.statuses import FROM_VERDICT, Status, severity

REPLACE = "Replace the plan, then run the check"
"""A locked plan neither takes a check in nor changes its data."""


def evaluation(requirement: Requirement, inputs: GateInputs) -> Finding:
    """Return what the counting runs on the present scope say; the worst of several checks.

    A check that is looser than the policy, or measures something else, counts as none.
    """
    measure = requirement.measure
    if measure is None:
        return Finding(
            status="error", reason="The policy does not say what is measured.", basis="missing"
        )
    if measure.needs_column:
        reason = "No sensitive column is declared, so no groups can be compared."
        mend = "Declare a sensitive column with its purpose and legal basis"
        return Finding(
            status="missing", reason=reason, basis="missing", mend=mend, mend_by="analyst"
        )
    checks = by_id(
        (check for check in inputs.checks if check.requirement_key == requirement.key),
        lambda check: check.check_id,
    )
    if not checks:
        return _not_planned(requirement, measure, inputs)
    if not inputs.plan_locked:
        reason = "The plan is not locked, so no run counts yet."
        return Finding(
            status="missing",
            reason=reason,
            basis="missing",
            mend="Lock the plan, then run the check",
            mend_by="analyst",
        )
    found = [_of_check(requirement, measure, check, inputs) for check in checks]
    if not any(check.gone_data for check in checks):
        # A plan whose data left is replaced; the next one takes in what is there now.
        found += _not_measured_on(measure, checks, inputs)
    return max(found, key=lambda item: severity(item.status))


def _not_planned(requirement: Requirement, measure: Measure, inputs: GateInputs) -> Finding:
    if is_outside(requirement, inputs.available_methods):
        return outside_test(requirement, inputs)
    return Finding(
        status="missing",
        reason="No check of the plan measures it.",
        basis="missing",
        mend=REPLACE if inputs.plan_locked else "Plan the check, then run it",
        mend_by="analyst",
    )


def _not_measured_on(
    measure: Measure, checks: list[CheckEvidence], inputs: GateInputs
) -> list[Finding]:
    """Return a finding for each dataset that could carry the measure and that no check rests on."""
    measured = {check.dataset_id for check in checks}
    return [
        Finding(
            status="missing",
            reason=f"{data.label} is evaluation data of this release, and no check measures it.",
            basis="missing",
            mend=f"Plan the check on {data.label} too, or take it out of the scope",
            mend_by="analyst",
        )
        for data in inputs.evaluation_data
        if data.dataset_id not in measured
        and (not measure.by or measure.by in data.columns)
        and set(measure.needs) - {"model"} <= data.roles
    ]


def _parameters_departure(measure: Measure, check: CheckEvidence) -> str:
    """Return which parameter the plan set otherwise than the policy; a smaller minimum is fine."""
    for name in sorted({*measure.parameters, *check.parameters} - check.without_bearing):
        asked, planned = measure.parameters.get(name), check.parameters.get(name)
        if asked == planned:
            continue
        words = name.replace("_", " ")
        if asked is None:
            return f"The planned check sets the {words} to {planned}; the policy leaves it alone."
        stricter = (
            name == "minimum_group_size"
            and isinstance(planned, int)
            and isinstance(asked, int)
            and planned <= asked
        )
        if not stricter:
            told = "its default" if planned is None else planned
            return f"The planned check sets the {words} to {told}; the policy asks for {asked}."
    return ""


def departure(measure: Measure, check: CheckEvidence) -> str:
    """Return how the planned check falls short of the policy, or nothing; stricter is fine."""
    if (check.method, check.metric, check.by) != (measure.method, measure.metric, measure.by):
        return "The planned check measures something else than the policy asks."
    if check.direction != measure.direction:
        return "The planned check reads its limit the other way round than the policy."
    return _parameters_departure(measure, check) or _limit_departure(measure, check)


def _limit_departure(measure: Measure, check: CheckEvidence) -> str:
    if measure.threshold is None:
        return ""
    if check.threshold is None:
        return "The planned check has no limit."
    looser = (
        check.threshold > measure.threshold
        if measure.direction == "at_most"
        else check.threshold < measure.threshold
    )
    if looser:
        return f"The planned limit {check.threshold:g} is looser than {measure.threshold:g}."
    return ""


def _data_departure(check: CheckEvidence, inputs: GateInputs) -> str:
    if not check.dataset_id or any(
        data.dataset_id == check.dataset_id for data in inputs.evaluation_data
    ):
        return ""
    return "The planned check rests on data that is not evaluation data of this release."


def _of_check(
    requirement: Requirement, measure: Measure, check: CheckEvidence, inputs: GateInputs
) -> Finding:
    counting = by_id((run for run in check.runs if run.counts), lambda run: run.run_id)
    short = departure(measure, check)
    if check.gone_data and not short:
        return _gone(check, counting)
    short = short or _data_departure(check, inputs)
    if short:
        mend = "Plan the check as the policy asks, then run it"
        return Finding(
            status="missing", reason=short, basis="missing", mend=mend, mend_by="analyst"
        )
    current = [run for run in counting if run.scope_digest == inputs.scope_digest]
    succeeded = [run for run in current if run.state == "succeeded"]
    if succeeded:
        # The same inputs give the same result; where they do not, the worst is believed.
        found = [_of_run(requirement, measure, check, run) for run in reversed(succeeded)]
        return max(found, key=lambda item: severity(item.status))
    return _without_result(counting, current)


def _gone(check: CheckEvidence, counting: list[RunEvidence]) -> Finding:
    """The plan names data that the release no longer holds: no run of it can be started."""
    ended = [run for run in counting if run.state == "succeeded"]
    return Finding(
        status="stale" if ended else "missing",
        reason=f"The plan names {check.gone_data}, which is no part of the release any more.",
        basis="measured" if ended else "missing",
        rests_on=_run(ended[-1]) if ended else None,
        mend=REPLACE,
        mend_by="analyst",
    )


def _without_result(counting: list[RunEvidence], current: list[RunEvidence]) -> Finding:
    waiting = [run for run in current if run.state in {"queued", "running"}]
    if waiting:
        return Finding(
            status="running",
            reason=f"{waiting[-1].label} is under way.",
            basis="missing",
            rests_on=_run(waiting[-1]),
            mend="Wait for the run to end",
            mend_by="analyst",
        )
    if current:
        last = current[-1]
        return Finding(
            status="error",
            reason=last.detail or f"{last.label} ended without a result.",
            basis="missing",
            rests_on=_run(last),
            mend="Read why the run ended, then run it again",
            mend_by="analyst",
        )
    ended = [run for run in counting if run.state == "succeeded"]
    if ended:
        last = ended[-1]
        return Finding(
            status="stale",
            reason=f"The scope has changed since {last.label}.",
            basis="measured",
            rests_on=_run(last),
            mend="Run the check on the present scope",
            mend_by="analyst",
        )
    return Finding(
        status="missing",
        reason="The check is planned; no run that counts has ended.",
        basis="missing",
        mend="Run the check",
        mend_by="analyst",
    )


def _run(run: RunEvidence) -> RestsOn:
    return RestsOn(kind="run", id=run.run_id, label=run.label)


def _of_run(
    requirement: Requirement, measure: Measure, check: CheckEvidence, run: RunEvidence
) -> Finding:
    status = FROM_VERDICT.get(run.verdict, "error")
    reason = _reason(measure, check, run)
    if status == "met" and not _borne_out(check, run):
        status = "error"
        reason = f"The verdict of {run.label} is not borne out by its numbers. {reason}"
    elif status == "error":
        reason = run.detail or f"{run.label} ended without a verdict that can be read."
    mend, mend_by = _mend_of_run(requirement, status, run)
    return Finding(
        status=status,
        reason=reason,
        basis="missing" if status == "error" else "measured",
        rests_on=_run(run),
        mend=mend,
        mend_by=mend_by,
        numbers=run.numbers,
    )


def _reason(measure: Measure, check: CheckEvidence, run: RunEvidence) -> str:
    if run.verdict == "not_estimable" or run.numbers is None:
        return run.detail or "No number can be given on these rows."
    told = sentence(run.numbers, reads_as=measure.reads_as, threshold=check.threshold)
    return f"{told}. {run.numbers.decided}" if run.numbers.decided else told


def _borne_out(check: CheckEvidence, run: RunEvidence) -> bool:
    """Whether a pass agrees with the bounds that it must rest on; a second lock on the gate.

    Those are the bound that decided and the end of the interval that is printed: both must hold.
    """
    if check.threshold is None:
        return True
    if run.numbers is None:
        return False
    numbers = run.numbers
    end = numbers.high if check.direction == "at_most" else numbers.low
    resting = [numbers.value if end is None else end]
    if numbers.bound is not None:
        resting.append(numbers.bound)
    if check.direction == "at_most":
        return max(resting) <= check.threshold
    return min(resting) >= check.threshold


def _mend_of_run(requirement: Requirement, status: Status, run: RunEvidence) -> tuple[str, str]:
    match status:
        case "met":
            return "", ""
        case "failed":
            return requirement.mend, requirement.owner_role
        case "error":
            return "Read why the run gave no result, then run it again", "analyst"
        case _:
            return run.settle or "Collect more rows, then run the check again", "analyst"
