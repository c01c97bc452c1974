"""From a request to a report: the file counted, then the pure computation."""

from __future__ import annotations

from evaluations.methods.fairness.group_rates import compute
from evaluations.methods.fairness.spec import GroupRatesParameters
from evaluations.methods.inputs import EvaluationRequest
from evaluations.methods.results import MethodReport
from evaluations.sources.tabular_cells import read_inputs


def evaluate(request: EvaluationRequest) -> MethodReport:
    """Run `fairness.group_rates` on the request's file; BadInput where it cannot be used."""
    parameters = GroupRatesParameters(**request.parameters)
    request.progress("loading", 0, 3)
    inputs = read_inputs(
        request.data_path,
        request.roles,
        favourable=request.favourable,
        positive_label=request.positive_label,
        scratch_dir=request.scratch_dir,
    )
    request.progress("computing", 1, 3)
    report = compute(inputs, parameters, seed=request.seed)
    request.progress("computing", 3, 3)
    return report
