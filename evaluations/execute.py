"""One way to run any method on a file, for the command, the worker and a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluations.methods import catalogue
from evaluations.methods.inputs import ColumnRoles, EvaluationRequest, Progress, silent
from evaluations.methods.results import MethodReport


def run(method: str, request: EvaluationRequest) -> MethodReport:
    """Run a method of the catalogue; BadInput with a sentence where it cannot be run."""
    return catalogue.get(method).run(request)


def evaluate_file(
    method: str,
    path: Path,
    roles: ColumnRoles,
    *,
    favourable: str = "1",
    positive_label: str = "1",
    parameters: Mapping[str, Any] | None = None,
    seed: int = 0,
    scratch_dir: Path | None = None,
    progress: Progress = silent,
) -> MethodReport:
    """Run a method that needs a table and no model."""
    request = EvaluationRequest(
        data_path=path,
        roles=roles,
        favourable=favourable,
        positive_label=positive_label,
        parameters=dict(parameters or {}),
        seed=seed,
        scratch_dir=scratch_dir,
        progress=progress,
    )
    return run(method, request)
