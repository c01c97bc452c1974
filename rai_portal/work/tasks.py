"""The tick that finds what is due or was lost."""

from celery import shared_task

from rai_portal.documents.services.store import sweep
from rai_portal.work import engine


@shared_task(name="work.dispatch_due", ignore_result=True)
def dispatch_due() -> None:
    """Recover lost work, send again what waits, and tidy up after killed processes."""
    engine.recover()
    sweep()
