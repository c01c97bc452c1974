"""What the checks of a draft can show: worked out when a plan changes, fixed when it is locked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from evaluations.choices import PlanState
from evaluations.methods.verdicts import level_for_look
from evaluations.models import Check, EvaluationPlan, SizeCount
from evaluations.services.grouping import groups_of, run_inputs
from evaluations.services.looks import inputs_key, look_for
from evaluations.services.requirements import spec_of
from evaluations.services.sizes import METHOD, newest_count, request_sizes
from evaluations.services.verdicts import limit_of
from rai_portal.db import canonical_digest
from rai_portal.errors import Refused
from registry.permissions import require_change

if TYPE_CHECKING:
    from evaluations.services.grouping import CheckGroup
    from rai_portal.accounts.models import User
    from registry.models import Dataset

PEOPLE = "people"
"""The default word; then groups are named without one."""
VERSION = 1
"""Raised when the planner's numbers change, so that drafts are worked out anew."""


def foresee_plan(plan: EvaluationPlan, *, actor: User | None = None) -> None:
    """Work out what each check can show; with an actor, counts that lack are asked for.

    Only what changed is computed. Call it in the change's transaction; a locked plan is refused by
    the database.
    """
    checks = plan.checks.select_related("dataset__file", "plan__release__system")
    active = [check for check in checks.prefetch_related("dataset__columns") if not check.removed]
    for group in groups_of(check for check in active if check.method == METHOD):
        if actor is not None:
            request_sizes(actor=actor, dataset=group.dataset)
        _foresee_group(plan, group, newest_count(group.dataset))


@transaction.atomic
def ask_for_sizes(*, actor: User, plan: EvaluationPlan) -> None:
    """Have the groups counted of every dataset of a draft whose counts are not known."""
    require_change(actor, plan.portfolio_id)
    if plan.locked:
        message = f"{plan} is locked with what was known then. Nothing was asked for."
        raise Refused(message)
    foresee_plan(plan, actor=actor)


def foresee_drafts(dataset: Dataset, count: SizeCount) -> None:
    """Work out the checks of drafts on a dataset that was just counted."""
    plans = EvaluationPlan.objects.filter(
        state=PlanState.DRAFT, checks__dataset=dataset, checks__method=METHOD
    )
    for plan in plans.select_related("release__system").distinct():
        checks = plan.checks.filter(dataset=dataset, method=METHOD, removed=False)
        found = checks.select_related("dataset__file").prefetch_related("dataset__columns")
        for group in groups_of(found):
            _foresee_group(plan, group, count)


def unknown_sentence(check: Check, count: SizeCount | None) -> str:
    """Say why nothing can be foreseen of a check; "" where it can, or where it is no matter."""
    if check.method != METHOD or check.dataset is None:
        return ""
    if count is None:
        return "Group sizes are not known: they were not counted for these columns."
    refused = [count.refused[column] for column in check.by if column in count.refused]
    if count.sizes is not None:
        return f"Group sizes are not known: {refused[0]}" if refused else ""
    if count.ended:
        return f"Group sizes are not known: {count.message}"
    return "Group sizes are being counted."


def _foresee_group(plan: EvaluationPlan, group: CheckGroup, count: SizeCount | None) -> None:
    inputs = run_inputs(group.method, group.dataset, group.columns(), None)
    key = inputs_key(method=group.method, inputs=inputs, parameters=group.parameters)
    look = look_for(plan.release.system, group.checks, key).number
    for check in group.checks:
        unknown = unknown_sentence(check, count)
        asked = _key(check, count if not unknown else None, look, unknown)
        if (check.foresight or {}).get("key") == asked:
            continue
        found = {"unknown": unknown} if unknown else _computed(check, count, look)
        check.foresight = {**found, "key": asked, "look": look}
        check.save(update_fields=["foresight"])


def _key(check: Check, count: SizeCount | None, look: int, unknown: str) -> str:
    limit = limit_of(check)
    return canonical_digest(
        [
            VERSION, count.pk if count else None, limit.metric, limit.direction, limit.threshold,
            limit.by, check.parameters, look, unknown,
        ]
    )  # fmt: skip


def _computed(check: Check, count: SizeCount | None, look: int) -> dict[str, Any]:
    # Bring NumPy and SciPy, which pages that only show the answer do without.
    from evaluations.methods.foresight import foresee
    from evaluations.methods.sizes import sizes_from_json

    if count is None or count.sizes is None:
        return {}
    parameters = spec_of(METHOD).parse(check.parameters)
    people = "" if parameters.people_word == PEOPLE else parameters.people_word
    found = foresee(
        sizes_from_json(count.sizes), limit_of(check), minimum=parameters.minimum_group_size, level=level_for_look(look),
        people=people,
    )  # fmt: skip
    return found.as_json() if found is not None else {}
