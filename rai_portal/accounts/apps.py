"""People, portfolios, roles and tokens."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The room of people."""

    name = "rai_portal.accounts"
    label = "accounts"
