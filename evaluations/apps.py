"""What was measured."""

from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    """The room of plans, runs and findings."""

    name = "evaluations"
