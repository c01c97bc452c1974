"""What was decided."""

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    """The room of intake, gates, reviews, decisions and documents."""

    name = "assessments"
