"""What exists, and what could go wrong with it."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """The room of systems, releases, data, models, risks and mitigations."""

    name = "registry"
