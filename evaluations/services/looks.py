"""How often a check was looked at: the error budget is shared over looks.

A look is a check with data, a model or parameters that it has not been run with before, within
one approval cycle of the system: from one decision to the next. The same inputs once more are a
repetition and keep the look and the seed they had. Words for people and the level are no inputs.

Who explores releases of the system first chooses by what they saw: each of the inputs explored
since then stands before the first look that counts. The very inputs that are then run do not.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Max

from evaluations.methods import catalogue
from evaluations.methods.inputs import BadInput
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The number of a look, and the seed of the run that was it first; None for a new one."""

    number: int
    seed: int | None = None


def inputs_key(*, method: str, inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    """Return what tells one look from another: another column is as much a look as other data.

    inputs: as a run keeps them. Bytes and roles count; names do not, nor which groups one run
    compared beside the check's own.
    """
    kept = {k: v for k, v in _in_full(method, parameters).items() if k not in NO_INPUT}
    read = {key: value for key, value in inputs.items() if key not in {"data", "model", "columns"}}
    read["columns"] = {k: v for k, v in inputs["columns"].items() if k != "groups"}
    model = inputs.get("model")
    return canonical_digest([inputs["data"]["sha256"], model and model["sha256"], read, kept])


def _in_full(method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with those left at their defaults: said or not, they are the same."""
    try:
        return dataclasses.asdict(catalogue.get(method).parse(parameters))
    except BadInput:
        return dict(parameters)


def look_for(system: AISystem, checks: Iterable[Check], key: str) -> Look:
    """Return the look: the furthest that any of the checks has come to."""
    runs = [(run, key_of(run)) for run in _runs_of_cycle(system)]
    found = [_look_of(check, runs, key) for check in checks]
    return max(found, key=lambda look: look.number, default=Look(number=1))


def look_facts(run: Run) -> LookFacts:
    """Say which look a run was, and what level its intervals have for it."""
    level = level_for_look(run.look)
    percent = f"{level * 100:.4f}".rstrip("0").rstrip(".")
    if not run.counts:
        sentence = (
            "An exploration: no verdict rests on it. Of a release, it stands before the first look "
            "at other data, another model or other parameters."
        )
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


def _runs_of_cycle(system: AISystem) -> list[Run]:
    """Return what was run and explored on releases of the system since the last decision."""
    runs = Run.objects.filter(release__system=system, state__in=SEES_RESULT).prefetch_related(
        "checks"
    )
    since = cycle_began(system)
    if since is not None:
        runs = runs.filter(queued_at__gt=since)
    return list(runs.defer("result", "headline").order_by("pk"))


def _look_of(check: Check, runs: list[tuple[Run, str]], key: str) -> Look:
    counted: dict[str, Look] = {}
    seen = {key}
    for run, read in runs:
        if not _looked_at(check, run):
            continue
        seen.add(read)
        if run.counts:
            counted.setdefault(read, Look(number=run.look, seed=run.seed))
    if key in counted:
        return counted[key]
    last = max((look.number for look in counted.values()), default=0)
    return Look(number=max(last + 1, len(seen)))


def _looked_at(check: Check, run: Run) -> bool:
    """Return whether the run showed what the check measures, in any plan or release."""
    if run.counts:
        return any(_same(check, other) for other in run.checks.all())
    return run.method == check.method and set(check.by) <= set(run.inputs["columns"]["groups"])


def key_of(run: Run) -> str:
    """Return what tells the run's look from another."""
    return inputs_key(method=run.method, inputs=run.inputs, parameters=run.parameters)


def _same(check: Check, other: Check) -> bool:
    return (check.method, check.metric, check.by) == (other.method, other.metric, other.by)
