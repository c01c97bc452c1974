"""Work done by workers: claimed once, watched, recovered."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """The room of background work."""

    name = "rai_portal.work"
    label = "work"
