"""What a check needs of its method, its dataset and its release, said before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from evaluations.choices import Direction
from evaluations.methods import catalogue
from evaluations.methods.inputs import BadInput
from evaluations.services.grouping import run_inputs
from rai_portal.errors import Refused
from rai_portal.work.choices import WorkState
from registry.choices import ColumnRole, DatasetUse
from registry.services.artefacts import features_sentence
from registry.services.edges import edges_of, missing_edges

if TYPE_CHECKING:
    from evaluations.methods.catalogue import MethodSpec
    from evaluations.models import Check
    from registry.models import Dataset, Release

_WITHOUT_LABEL = ("count", "selection_rate")
_WITH_SCORE = ("auc", "brier", "expected_calibration_error")
_FAIRNESS = "fairness."


def spec_of(method: str) -> MethodSpec:
    """Return the catalogue's record of a method; Refused names the methods there are."""
    try:
        return catalogue.get(method)
    except BadInput as error:
        raise Refused(f"{error} Nothing was saved.", field="method") from error


def checked_parameters(method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters if the method takes them; the level belongs to the look."""
    if "level" in parameters:
        message = (
            "The confidence level follows from how often the check was looked at. Nothing was "
            "saved. Leave the level out."
        )
        raise Refused(message, field="parameters")
    try:
        spec_of(method).parse(parameters)
    except BadInput as error:
        raise Refused(f"{error} Nothing was saved.", field="parameters") from error
    return dict(parameters)


def require_metric(method: str, metric: str) -> None:
    """Raise Refused if the method yields no such metric."""
    try:
        spec_of(method).metric(metric)
    except KeyError as error:
        message = f"{method} yields no metric {metric!r}. Nothing was saved. Choose another."
        raise Refused(message, field="metric") from error


def problems(check: Check, release: Release) -> Iterator[str]:
    """Yield sentences: what keeps this check from being run on this release."""
    spec = spec_of(check.method)
    if check.direction != Direction.ESTIMABLE and check.threshold is None:
        yield "It has no limit. Set one."
    if "model" in spec.needs:
        yield from _model_problems(release)
    dataset = check.dataset
    if dataset is None:
        yield "It has no dataset. Add evaluation data to the release and choose it here."
        return
    yield from _dataset_problems(dataset, release)
    yield from _role_problems(check, dataset)
    if "features" in spec.needs and release.model is not None:
        sentence = features_sentence(release.model, dataset)
        if sentence:
            yield sentence


def declared_edges(check: Check) -> dict[str, list[str]]:
    """Return the edges that the dataset declares for the columns the check compares by."""
    if check.dataset is None:
        return {}
    return edges_of(check.dataset, check.by or check.dataset.columns_of(ColumnRole.SENSITIVE))


def declared_reads(check: Check) -> dict[str, Any] | None:
    """Return what the check's numbers are made of: which column is what, which value is which.

    None without a dataset. A ratio of approvals is not one of refusals, so locking fixes this.
    """
    dataset = check.dataset
    if dataset is None:
        return None
    read = run_inputs(check.method, dataset, tuple(check.by), None)
    columns = read["columns"]
    return {
        **{part: columns[part] for part in ("label", "prediction", "score")},
        "groups": list(check.by or dataset.columns_of(ColumnRole.SENSITIVE)),
        "favourable": read["favourable"],
        "positive_label": read["positive_label"],
    }


def _model_problems(release: Release) -> Iterator[str]:
    if release.model is None:
        yield "It needs a model, and the release names none. Add the model to the scope."
    elif release.model.state != WorkState.SUCCEEDED:
        yield f"The model {release.model} has not been read yet. Wait until its signature is there."


def _dataset_problems(dataset: Dataset, release: Release) -> Iterator[str]:
    uses = {item.use for item in release.release_datasets.all() if item.dataset_id == dataset.pk}
    if not uses:
        yield (
            f"{dataset} is no part of the release, so a result on it says nothing about this "
            "scope. Add it to the release or choose another."
        )
    elif DatasetUse.EVALUATION not in uses:
        yield (
            f"{dataset} is no evaluation data of the release, so no verdict may rest on it. "
            "Choose data that the release is evaluated on."
        )
    if dataset.state == WorkState.FAILED:
        yield f"{dataset} could not be read: {dataset.message}"
    elif dataset.state != WorkState.SUCCEEDED:
        yield f"{dataset} is still being profiled. Wait a moment, then try again."


def _role_problems(check: Check, dataset: Dataset) -> Iterator[str]:
    held = {column.role for column in dataset.columns.all()}
    for role, words in _roles_needed(check.method, check.metric).items():
        if role not in held:
            yield f"{dataset} has no {words}. Say which column it is."
    sensitive = dataset.columns_of(ColumnRole.SENSITIVE)
    for sentence in missing_edges(dataset, check.by or sensitive).values():
        yield f"{sentence} The page of {dataset} takes them."
    for column in check.by:
        if column not in sensitive:
            yield (
                f"{dataset} has no sensitive column “{column}”. Declare it with its purpose and "
                "legal basis."
            )


def _roles_needed(method: str, metric: str) -> dict[ColumnRole, str]:
    if not method.startswith(_FAIRNESS):
        return {}
    needed = {
        ColumnRole.PREDICTION: "prediction column",
        ColumnRole.SENSITIVE: "sensitive column to compare groups by",
    }
    if not metric.startswith(_WITHOUT_LABEL):
        needed[ColumnRole.LABEL] = "label column"
    if metric.startswith(_WITH_SCORE):
        needed[ColumnRole.SCORE] = "score column"
    return needed
