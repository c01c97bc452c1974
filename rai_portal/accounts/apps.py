"""People, portfolios, roles and tokens."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The room of people."""

    name = "rai_portal.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Bring signing in and changes of passwords to the ledger."""
        from rai_portal.accounts.signals import connect  # Models are there only now.

        connect()
