"""The append-only record of who did what."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def make_head(*, using: str, **_: Any) -> None:
    """Make the single head row of the chain where it is missing."""
    from rai_portal.ledger.models import Head

    Head.objects.using(using).get_or_create(pk=1)


class LedgerConfig(AppConfig):
    """The room of the ledger."""

    name = "rai_portal.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Make the head after migrations."""
        post_migrate.connect(make_head, sender=self)
