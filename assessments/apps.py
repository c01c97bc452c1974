"""What was decided."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _publish_packaged_policy(using: str, **_: Any) -> None:
    """After migrations: an empty installation gets the packaged policy."""
    from assessments.services.policies import publish_packaged

    if using == "default":
        publish_packaged()


class AssessmentsConfig(AppConfig):
    """The room of intake, gates, reviews, decisions and documents."""

    name = "assessments"

    def ready(self) -> None:
        """Publish the packaged policy once the tables stand."""
        post_migrate.connect(_publish_packaged_policy, sender=self)
