"""Page rendering."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The room of pages' shared parts."""

    name = "rai_portal.web"
    label = "web"
