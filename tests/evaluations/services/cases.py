"""A release with decisions of known counts, and a plan for it."""

from __future__ import annotations

from decimal import Decimal

from evaluations.models import EvaluationPlan
from evaluations.services.plans import PlannedCheckInput, lock_plan, propose_plan
from registry.models import Dataset, Release
from tests.factories import People, attach, make_dataset

GAP = "selection_rate_worst_difference"
RATIO = "selection_rate_worst_ratio"


def decisions(people: People, release: Release, content: bytes | None = None) -> Dataset:
    dataset = make_dataset(
        portfolio=people.portfolio, by=people.analyst, system=release.system, content=content
    )
    attach(release, dataset)
    return dataset


def check(
    dataset: Dataset | None, metric: str = GAP, threshold: str | None = "0.10", **columns: object
) -> PlannedCheckInput:
    facts: dict[str, object] = {
        "requirement": f"fairness.{metric}:race",
        "title": f"{metric} by race",
        "short_title": metric,
        "method": "fairness.group_rates",
        "metric": metric,
        "by": ("race",),
        "direction": "at_most",
        "threshold": None if threshold is None else Decimal(threshold),
        "parameters": {"minimum_group_size": 30},
        "dataset": dataset,
    }
    return PlannedCheckInput(**{**facts, **columns})


def three_checks(dataset: Dataset) -> list[PlannedCheckInput]:
    """A gap to fail, a ratio to fail, and error rates that C's four rows cannot give."""
    return [
        check(dataset),
        check(dataset, RATIO, "0.80", direction="at_least"),
        check(dataset, "false_positive_rate", None, direction="estimable"),
    ]


def locked_plan(
    people: People, release: Release, dataset: Dataset, *planned: PlannedCheckInput
) -> EvaluationPlan:
    plan = propose_plan(
        actor=people.analyst, release=release, planned=planned or three_checks(dataset),
        policy_digest="0" * 64,
    )  # fmt: skip
    return lock_plan(actor=people.analyst, plan=plan)
