"""What workers are asked by name."""

from celery import shared_task

from assessments.models import Document
from rai_portal.work import engine


@shared_task(name=Document.work_task)
def make_document(pk: int) -> None:
    """Make a document."""
    engine.perform(Document, pk)
