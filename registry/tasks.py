"""What workers are asked by name."""

from celery import shared_task

from rai_portal.work import engine
from registry.models import Dataset, LeakCheck, ModelArtefact


@shared_task(name=Dataset.work_task)
def profile_dataset(pk: int) -> None:
    """Profile a dataset."""
    engine.perform(Dataset, pk)


@shared_task(name=LeakCheck.work_task)
def check_leaks(pk: int) -> None:
    """Look for features that may be known only after the outcome."""
    engine.perform(LeakCheck, pk)


@shared_task(name=ModelArtefact.work_task)
def read_model(pk: int) -> None:
    """Read a model's signature."""
    engine.perform(ModelArtefact, pk)
