"""What every API view shares."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The room of the API's shared parts."""

    name = "rai_portal.api"
    label = "api"
