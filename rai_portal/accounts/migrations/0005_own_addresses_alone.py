"""Forget addresses that people claimed on their own: the address of the person's row alone counts."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def forget(apps: Any, _editor: BaseDatabaseSchemaEditor) -> None:
    """Whose they were, nobody ever checked."""
    apps.get_model("account", "EmailAddress").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0004_shared_counts"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
