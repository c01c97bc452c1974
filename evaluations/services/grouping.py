"""Several checks may rest on one run: which ones, and with which columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluations.methods import catalogue
from evaluations.methods.inputs import ColumnRoles
from rai_portal.db import canonical_digest
from registry.choices import ColumnRole
from registry.services.edges import edges_of

if TYPE_CHECKING:
    from evaluations.models import Check, EvaluationPlan
    from registry.models import Dataset, ModelArtefact


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGroup:
    """Checks that one run can answer: same method, parameters and dataset."""

    method: str
    parameters: Mapping[str, Any]
    dataset: Dataset
    checks: tuple[Check, ...]

    def columns(self) -> tuple[str, ...]:
        """Return the group columns to read: those the checks ask for, else every sensitive one.

        An attribution compares all sensitive columns whatever its checks ask, since a stand-in
        for one of them is what it is there to show.
        """
        sensitive = self.dataset.columns_of(ColumnRole.SENSITIVE)
        asked = {column for check in self.checks for column in check.by}
        whole = not asked or not self.method.startswith("fairness.")
        return tuple(column for column in sensitive if whole or column in asked)


def groups_of(checks: Iterable[Check]) -> list[CheckGroup]:
    """Group checks that have a dataset, in the order of their first check."""
    groups: dict[tuple[str, str, int], list[Check]] = {}
    for check in checks:
        if check.dataset is not None:
            key = (check.method, canonical_digest(check.parameters), check.dataset.pk)
            groups.setdefault(key, []).append(check)
    return [_group(found) for found in groups.values()]


def _group(checks: list[Check]) -> CheckGroup:
    first = checks[0]
    if first.dataset is None:
        message = f"Check {first.pk} has no dataset."
        raise ValueError(message)
    return CheckGroup(
        method=first.method,
        parameters=first.parameters,
        dataset=first.dataset,
        checks=tuple(checks),
    )


def groups_of_checks(plan: EvaluationPlan) -> list[CheckGroup]:
    """Return what becomes one run each when the whole plan is started."""
    checks = plan.checks.filter(removed=False)
    return groups_of(checks.select_related("dataset__file").prefetch_related("dataset__columns"))


def roles_for(method: str, dataset: Dataset, groups: tuple[str, ...]) -> ColumnRoles:
    """Return the columns that the method reads, with their parts."""
    spec = catalogue.get(method)
    wanted = {*spec.needs, *spec.optional}

    def single(role: ColumnRole, need: str) -> str | None:
        names = dataset.columns_of(role) if need in wanted else ()
        return names[0] if names else None

    # All that are declared, so that a look does not depend on what else one run compared.
    edges = edges_of(dataset, dataset.columns_of(ColumnRole.SENSITIVE))
    return ColumnRoles(
        label=single(ColumnRole.LABEL, "labels"),
        prediction=single(ColumnRole.PREDICTION, "predictions"),
        score=single(ColumnRole.SCORE, "scores"),
        groups=groups,
        edges=tuple((name, tuple(held)) for name, held in edges.items()),
    )


def run_inputs(
    method: str, dataset: Dataset, groups: tuple[str, ...], model: ModelArtefact | None
) -> dict[str, Any]:
    """Return what the run reads, by name and by digest."""
    roles = roles_for(method, dataset, groups)
    edges = {name: list(held) for name, held in roles.edges}
    return {
        "columns": {
            "label": roles.label,
            "prediction": roles.prediction,
            "score": roles.score,
            "groups": list(roles.groups),
            **({"edges": edges} if edges else {}),
        },
        "favourable": dataset.favourable or "1",
        "positive_label": dataset.positive_label or "1",
        "data": {"name": dataset.name, "sha256": dataset.file.sha256, "rows": dataset.rows},
        "model": None
        if model is None
        else {"name": model.name, "sha256": model.file.sha256, "format": model.format},
    }
