"""Runs: started from a locked plan, explored without one, cancelled, repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from evaluations.methods.verdicts import level_for_look
from evaluations.models import Check, EvaluationPlan, Run
from evaluations.permissions import require_start
from evaluations.services.grouping import CheckGroup, groups_of, run_inputs
from evaluations.services.looks import inputs_key, look_for
from evaluations.services.plans import current_plan
from evaluations.services.requirements import (
    checked_parameters,
    declared_edges,
    declared_reads,
    problems,
    spec_of,
)
from rai_portal.db import canonical_digest
from rai_portal.errors import Conflict, Refused
from rai_portal.ledger.services.record import record
from rai_portal.work.choices import WorkState
from rai_portal.work.engine import request_cancel, submit
from registry.choices import ColumnRole
from registry.models import Release
from registry.services.contributions import note_contribution
from registry.services.edges import missing_edges
from registry.services.saving import A_MOMENT, save_checked

if TYPE_CHECKING:
    from rai_portal.accounts.models import Portfolio, User
    from registry.models import Dataset

UNDER_WAY = (WorkState.QUEUED, WorkState.RUNNING)
_SEED_DIGITS = 13
"""Hexadecimal digits of a digest that fit into the whole numbers every JSON reader knows."""


def seed_from(digest: str) -> int:
    """Return a seed below 2**52 that follows from a SHA-256 in hexadecimal digits."""
    return int(digest[:_SEED_DIGITS], 16)


@transaction.atomic
def start_runs(
    *, actor: User, release: Release, checks: Sequence[Check] | None = None
) -> list[Run]:
    """Queue the runs that the locked plan asks for; one run serves every check it can.

    checks None: every check that has no result on the present scope yet.
    """
    row = _release(actor, release)
    plan = _locked_plan(row)
    active = list(
        plan.checks.filter(removed=False)
        .select_related("dataset__file")
        .prefetch_related("dataset__columns")
    )
    chosen = _chosen(active, checks)
    scope = row.scope_digest()
    started: list[Run] = []
    running: list[Run] = []
    for group in groups_of(chosen):
        _require_ready(group, row)
        run = _prepared(actor, row, plan, group, scope)
        twin = _under_way(run)
        if twin is not None:
            running.append(twin)
        elif checks is not None or _earlier(run) is None:
            started.append(_queued(actor, run, group))
    _require_any(started, running, asked=checks is not None)
    note_contribution(release=row, user=actor, act="run.started")
    return started


@transaction.atomic
def start_uncounted_run(
    *,
    actor: User,
    method: str,
    dataset: Dataset,
    portfolio: Portfolio | None = None,
    release: Release | None = None,
    parameters: Mapping[str, Any] | None = None,
    groups: Sequence[str] | None = None,
    title: str = "",
) -> Run:
    """Queue a run on which no verdict rests: to explore, or for an audit without a system.

    The form sent twice gives the run that it started the first time.
    """
    require_start(actor, dataset.portfolio_id)
    _require_readable(dataset)
    home = release.portfolio_id if release else (portfolio or dataset.portfolio).pk
    if home != dataset.portfolio_id:
        message = "The dataset belongs to another portfolio. Nothing was started. Choose one of it."
        raise Refused(message, field="dataset")
    spec = spec_of(method)
    columns = _declared_groups(dataset, groups)
    _require_edges(dataset, columns)
    used = _with_words(method, checked_parameters(method, parameters or {}), dataset)
    _set_level(used, method, 1)
    model = release.model if release is not None and "model" in spec.needs else None
    if "model" in spec.needs and model is None:
        message = f"{spec.title} needs a model. Nothing was started. Choose a release with one."
        raise Refused(message, field="release")
    inputs = run_inputs(method, dataset, columns, model)
    run = Run(
        portfolio=dataset.portfolio,
        release=release,
        title=title or f"{spec.title} on {dataset.name}"[:160],
        method=method,
        method_version=spec.version,
        dataset=dataset,
        model=model,
        parameters=used,
        inputs=inputs,
        seed=seed_from(canonical_digest([method, spec.version, used, inputs])),
        counts=False,
        scope_digest=release.scope_digest() if release else "",
        started_by=actor,
    )
    sent = _sent_before(run, actor)
    if sent is not None:
        return sent
    save_checked(run)
    submit(run)
    if release is not None:
        note_contribution(release=release, user=actor, act="run.explored")
    record(actor=actor, action="run.started", subject=run)
    return run


@transaction.atomic
def cancel_run(*, actor: User, run: Run) -> Run:
    """Ask a run to stop; one that had not begun is cancelled at once."""
    row = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    require_start(actor, row.portfolio_id)
    if row.ended:
        message = f"Run {row.pk} has ended already, so there is nothing to stop. It stays as it is."
        raise Conflict(message)
    at_once = request_cancel(row)
    row.refresh_from_db()
    record(actor=actor, action="run.cancelled", subject=row, details={"before_it_began": at_once})
    return row


@transaction.atomic
def repeat_run(*, actor: User, run: Run) -> Run:
    """Queue the same run once more: same inputs, parameters and seed; the digests are compared."""
    original = run.repeat_of or run
    require_start(actor, original.portfolio_id)
    if not original.ended:
        message = f"Run {original.pk} has not ended. Nothing was started. Wait for its end."
        raise Conflict(message)
    version = spec_of(original.method).version
    if version != original.method_version:
        message = (
            f"Run {original.pk} used version {original.method_version} of its method; here is "
            f"{version}, whose digest cannot be the same. Nothing was started. Start a new run."
        )
        raise Refused(message)
    again = Run.objects.get(pk=original.pk)
    checks = list(original.checks.all())
    again = _copied(again, actor)
    twin = _under_way(again)
    if twin is not None:
        raise Conflict(_under_way_sentence([twin]))
    save_checked(again)
    again.checks.set(checks)
    submit(again)
    if again.release is not None:
        note_contribution(release=again.release, user=actor, act="run.started")
    record(actor=actor, action="run.repeated", subject=again, details={"repeats": original.pk})
    return again


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """How a repeated run compares with the first. same None: one of them has no result yet."""

    original: Run
    same: bool | None
    sentence: str


def repetition_of(run: Run) -> Repetition | None:
    """Return the comparison with the run that this one repeats; None if it repeats none."""
    original = run.repeat_of
    if original is None:
        return None
    if not run.result_digest or not original.result_digest:
        sentence = f"Repeats run {original.pk}; there are not two results to compare."
        return Repetition(original=original, same=None, sentence=sentence)
    same = run.result_digest == original.result_digest
    sentence = (
        f"Repeats run {original.pk} and gives the same result digest."
        if same
        else f"Repeats run {original.pk} and gives another result digest: one of them is not to be "
        "relied on. Compare the two, and tell who keeps the portal."
    )
    return Repetition(original=original, same=same, sentence=sentence)


def _release(actor: User, release: Release) -> Release:
    """Lock the release, so that two people do not start the same run at the same moment."""
    rows = Release.objects.select_for_update(of=("self",))
    row = rows.select_related("system__portfolio", "model__file").get(pk=release.pk)
    require_start(actor, row.portfolio_id)
    return row


def _locked_plan(release: Release) -> EvaluationPlan:
    plan = current_plan(release)
    if plan is None:
        message = f"{release} has no plan. Nothing was started. Propose a plan and lock it."
        raise Refused(message)
    if not plan.locked:
        message = (
            f"{plan} is not locked, so its limits could still move. Nothing was started. Lock the "
            "plan first."
        )
        raise Refused(message)
    return plan


def _chosen(active: list[Check], checks: Sequence[Check] | None) -> list[Check]:
    if not active:
        message = "The plan has no check. Nothing was started."
        raise Refused(message)
    if checks is None:
        return active
    wanted = {check.pk for check in checks}
    chosen = [check for check in active if check.pk in wanted]
    if not wanted or len(chosen) != len(wanted):
        message = (
            "A check is not in the plan that is in force, or was taken out of it. Nothing was "
            "started. Choose from the checks of the newest plan."
        )
        raise Refused(message, field="check")
    return chosen


def _require_ready(group: CheckGroup, release: Release) -> None:
    version = spec_of(group.method).version
    for check in group.checks:
        if check.method_version != version:
            message = (
                f"{check.short_title}: the plan fixed version {check.method_version} of the method "
                f"and here is {version}. Nothing was started. Replace the plan."
            )
            raise Refused(message)
        if (check.edges or {}) != declared_edges(check):
            message = (
                f"{check.short_title}: the edges of its groups are not those that the locked plan "
                "fixed. Nothing was started. Replace the plan."
            )
            raise Refused(message)
        if check.reads != declared_reads(check):
            message = (
                f"{check.short_title}: the columns or the favourable and positive values of "
                f"{check.dataset} are not those that the locked plan fixed. Nothing was started. "
                "Set them back, or replace the plan: both stay visible."
            )
            raise Refused(message)
        for sentence in problems(check, release):
            message = f"{check.short_title}: {sentence} Nothing was started."
            raise Refused(message)


def _require_any(started: list[Run], running: list[Run], *, asked: bool) -> None:
    if running and (asked or not started):
        raise Conflict(_under_way_sentence(running))
    if not started:
        message = (
            "Every check of the plan has a result on the present scope. Nothing was started. "
            "Repeat a run to see that it gives the same digest."
        )
        raise Refused(message)


def _under_way_sentence(runs: list[Run]) -> str:
    names = " and ".join(f"run {run.pk} ({run.title})" for run in runs)
    return (
        f"The same is under way already: {names}. Nothing was started. Wait for its end, or "
        "cancel it first."
    )


def _prepared(
    actor: User, release: Release, plan: EvaluationPlan, group: CheckGroup, scope: str
) -> Run:
    """Return the unsaved run of a group, with all that makes it repeatable."""
    spec = spec_of(group.method)
    model = release.model if "model" in spec.needs else None
    parameters = _with_words(group.method, group.parameters, group.dataset)
    inputs = run_inputs(group.method, group.dataset, group.columns(), model)
    key = inputs_key(method=group.method, inputs=inputs, parameters=parameters)
    look = look_for(release.system, group.checks, key)
    _set_level(parameters, group.method, look.number)
    return Run(
        portfolio=release.system.portfolio,
        release=release,
        plan=plan,
        title=f"{spec.title} on {group.dataset.name}"[:160],
        method=group.method,
        method_version=spec.version,
        dataset=group.dataset,
        model=model,
        parameters=parameters,
        inputs=inputs,
        # The same look keeps its seed, or a plan replaced again and again would draw for luck.
        seed=seed_from(plan.digest) if look.seed is None else look.seed,
        counts=True,
        look=look.number,
        scope_digest=scope,
        started_by=actor,
    )


def _set_level(parameters: dict[str, Any], method: str, look: int) -> None:
    if "level" in spec_of(method).schema()["properties"]:
        parameters["level"] = level_for_look(look)


def _with_words(method: str, parameters: Mapping[str, Any], dataset: Dataset) -> dict[str, Any]:
    """Add the dataset's word for the favourable outcome where the method takes one."""
    used = dict(parameters)
    if dataset.outcome_word and "outcome_word" in spec_of(method).schema()["properties"]:
        used.setdefault("outcome_word", dataset.outcome_word)
    return used


def _identity(run: Run) -> dict[str, Any]:
    return {
        "method": run.method,
        "method_version": run.method_version,
        "dataset_id": run.dataset_id,
        "model_id": run.model_id,
        "release_id": run.release_id,
        "plan_id": run.plan_id,
        "seed": run.seed,
        "counts": run.counts,
    }


def _same_inputs(run: Run, *states: str) -> Run | None:
    """Return the first saved run with the same inputs in one of the states."""
    others = Run.objects.filter(state__in=states, **_identity(run)).defer("result")
    for other in others.order_by("pk"):
        if (other.parameters, other.inputs) == (run.parameters, run.inputs):
            return other
    return None


def _under_way(run: Run) -> Run | None:
    return _same_inputs(run, *UNDER_WAY)


def _earlier(run: Run) -> Run | None:
    """Return a run that has the result already, on the same scope."""
    found = _same_inputs(run, WorkState.SUCCEEDED)
    return found if found is not None and found.scope_digest == run.scope_digest else None


def _sent_before(run: Run, actor: User) -> Run | None:
    """Return the equal run of the person that is under way, or was queued a moment ago.

    The person's row is locked, so that of two sendings at once the second finds the first. A run
    that failed or was cancelled may be started again.
    """
    get_user_model().objects.select_for_update(no_key=True).get(pk=actor.pk)
    lately = Q(state=WorkState.SUCCEEDED, queued_at__gte=timezone.now() - A_MOMENT)
    same = Run.objects.filter(
        Q(state__in=UNDER_WAY) | lately,
        repeat_of=None,
        started_by=actor,
        title=run.title,
        scope_digest=run.scope_digest,
        **_identity(run),
    )
    for other in same.defer("result").order_by("pk"):
        if (other.parameters, other.inputs) == (run.parameters, run.inputs):
            return other
    return None


def _queued(actor: User, run: Run, group: CheckGroup) -> Run:
    run.repeat_of = _earlier(run)
    save_checked(run)
    run.checks.set(group.checks)
    submit(run)
    details = {"checks": [check.pk for check in group.checks], "look": run.look}
    record(actor=actor, action="run.started", subject=run, details=details)
    return run


def _require_readable(dataset: Dataset) -> None:
    if dataset.state == WorkState.FAILED:
        message = f"{dataset} could not be read, so nothing was started. {dataset.message}"
        raise Refused(message, field="dataset")


def _declared_groups(dataset: Dataset, groups: Sequence[str] | None) -> tuple[str, ...]:
    """Return the group columns; only a declared sensitive column may be read as one."""
    sensitive = dataset.columns_of(ColumnRole.SENSITIVE)
    if groups is None:
        return sensitive
    for name in groups:
        if name not in sensitive:
            message = (
                f"“{name}” is not declared sensitive in {dataset}, with purpose and legal basis. "
                "Nothing was started. Declare it first."
            )
            raise Refused(message, field="groups")
    return tuple(groups)


def _require_edges(dataset: Dataset, groups: Sequence[str]) -> None:
    for sentence in missing_edges(dataset, groups).values():
        message = f"{sentence} Nothing was started. The page of {dataset} takes them."
        raise Refused(message, field="groups")


def _copied(run: Run, actor: User) -> Run:
    return Run(
        portfolio_id=run.portfolio_id,
        release=run.release,
        plan=run.plan,
        title=run.title,
        method=run.method,
        method_version=run.method_version,
        dataset=run.dataset,
        model=run.model,
        parameters=run.parameters,
        inputs=run.inputs,
        seed=run.seed,
        counts=run.counts,
        look=run.look,
        scope_digest=run.scope_digest,
        repeat_of=run,
        started_by=actor,
    )
