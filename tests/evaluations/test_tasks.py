"""Workers find every kind of work of this room by the name that its rows give."""

from celery import current_app

from evaluations import tasks
from evaluations.models import EvaluationReport, Run


def test_each_row_names_a_task_that_there_is() -> None:
    assert tasks.run.name == Run.work_task
    assert tasks.make_report.name == EvaluationReport.work_task
    assert {Run.work_task, EvaluationReport.work_task} <= set(current_app.tasks)


def test_a_task_for_a_row_that_is_gone_does_nothing(db: None) -> None:
    tasks.run(10**9)
    assert not Run.objects.exists()
