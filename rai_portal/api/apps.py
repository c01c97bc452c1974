"""What every API view shares."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The room of the API's shared parts."""

    name = "rai_portal.api"
    label = "api"

    def ready(self) -> None:
        """Let the schema generator know the token scheme."""
        import rai_portal.api.schema  # noqa: F401
