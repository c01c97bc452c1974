"""How often a check was looked at: the error budget is shared over looks.

A look is a check with data, a model or parameters that it has not been run with before, within
one approval cycle of the system: from one decision to the next. The same inputs once more are a
repetition and keep the look they had. Words for people and the level are no inputs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Max

from evaluations.methods.verdicts import level_for_look
from evaluations.models import Run
from rai_portal.db import canonical_digest
from rai_portal.work.choices import WorkState

if TYPE_CHECKING:
    from evaluations.models import Check
    from registry.models import AISystem

NO_INPUT = ("level", "outcome_word", "people_word")
SEES_RESULT = (WorkState.QUEUED, WorkState.RUNNING, WorkState.SUCCEEDED)
"""A failed or cancelled run showed nothing to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookFacts:
    """Which look a run was. sentence: for people."""

    look: int
    level: float
    sentence: str


def cycle_began(system: AISystem) -> dt.datetime | None:
    """Return when the last decision on any release of the system was made; None before any.

    Decisions live in the room above and are reached by the reverse relation.
    """
    found: dt.datetime | None = system.releases.aggregate(at=Max("decisions__decided_at"))["at"]
    return found


def inputs_key(*, inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    """Return what tells one look from another: another column is as much a look as other data.

    inputs: as a run keeps them. Bytes and roles count; names do not, nor which groups one run
    compared beside the check's own.
    """
    kept = {key: value for key, value in parameters.items() if key not in NO_INPUT}
    read = {key: value for key, value in inputs.items() if key not in {"data", "model", "columns"}}
    read["columns"] = {k: v for k, v in inputs["columns"].items() if k != "groups"}
    model = inputs.get("model")
    return canonical_digest([inputs["data"]["sha256"], model and model["sha256"], read, kept])


def look_for(system: AISystem, checks: Iterable[Check], key: str) -> int:
    """Return the number of the look: the most that any of the checks has come to."""
    runs = _counted_runs(system)
    return max((_look_of(check, runs, key) for check in checks), default=1)


def look_facts(run: Run) -> LookFacts:
    """Say which look a run was, and what level its intervals have for it."""
    level = level_for_look(run.look)
    percent = f"{level * 100:.4f}".rstrip("0").rstrip(".")
    if not run.counts:
        sentence = "An exploration: no verdict rests on it, and it is no look."
    elif run.look == 1:
        sentence = (
            f"The first look at its checks since the last decision, with {percent} % intervals."
        )
    else:
        sentence = (
            f"Look {run.look} at its checks since the last decision. All looks share one error "
            f"budget of 5 %, so this one has {percent} % intervals."
        )
    return LookFacts(look=run.look, level=level, sentence=sentence)


def _counted_runs(system: AISystem) -> list[Run]:
    runs = Run.objects.filter(
        release__system=system, counts=True, state__in=SEES_RESULT
    ).prefetch_related("checks")
    since = cycle_began(system)
    if since is not None:
        runs = runs.filter(queued_at__gt=since)
    return list(runs.defer("result", "headline").order_by("pk"))


def _look_of(check: Check, runs: list[Run], key: str) -> int:
    seen = _seen(check, runs)
    return seen.get(key, max(seen.values(), default=0) + 1)


def _seen(check: Check, runs: list[Run]) -> dict[str, int]:
    """Inputs of runs at the same check, in any plan or release → the look they were."""
    looks: dict[str, int] = {}
    for run in runs:
        if any(_same(check, other) for other in run.checks.all()):
            looks.setdefault(key_of(run), run.look)
    return looks


def key_of(run: Run) -> str:
    """Return what tells the run's look from another."""
    return inputs_key(inputs=run.inputs, parameters=run.parameters)


def _same(check: Check, other: Check) -> bool:
    return (check.method, check.metric, check.by) == (other.method, other.metric, other.by)
