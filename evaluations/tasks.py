"""What workers are asked by name."""

from celery import shared_task

from evaluations.models import EvaluationReport, Run, SizeCount
from rai_portal.work import engine


@shared_task(name=Run.work_task)
def run(pk: int) -> None:
    """Execute a run."""
    engine.perform(Run, pk)


@shared_task(name=EvaluationReport.work_task)
def make_report(pk: int) -> None:
    """Make the report of a run."""
    engine.perform(EvaluationReport, pk)


@shared_task(name=SizeCount.work_task)
def count_sizes(pk: int) -> None:
    """Count the groups of a dataset."""
    engine.perform(SizeCount, pk)
