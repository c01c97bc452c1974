"""Plans, checks, runs, verdicts, findings, and links from risks and mitigations to runs."""

from evaluations.models.audit import QuickAudit
from evaluations.models.finding import Finding
from evaluations.models.link import MitigationRun, RiskRun
from evaluations.models.plan import Check, EvaluationPlan
from evaluations.models.report import EvaluationReport
from evaluations.models.run import Run, RunVerdict
from evaluations.models.size_count import SizeCount

__all__ = [
    "Check",
    "EvaluationPlan",
    "EvaluationReport",
    "Finding",
    "MitigationRun",
    "QuickAudit",
    "RiskRun",
    "Run",
    "RunVerdict",
    "SizeCount",
]
