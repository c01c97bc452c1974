"""Tie documents to their decision; a no-go has no end."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from assessments.guards import GUARDS
from rai_portal.guards import execute, install_sql, remove_sql

TABLE = "assessments_decision"


def lift(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the guards of the table away while it is built anew."""
    for guard in GUARDS:
        if guard.table == TABLE:
            execute(editor.connection, remove_sql(guard, editor.connection.vendor))


def restore(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Put them back: on SQLite a table that was built anew has lost them."""
    for guard in GUARDS:
        if guard.table == TABLE:
            execute(editor.connection, install_sql(guard, editor.connection.vendor))


class Migration(migrations.Migration):
    dependencies = [("assessments", "0003_vote_guard"), ("registry", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="decision",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="documents", to="assessments.decision",
            ),
        ),
        migrations.RunPython(lift, restore),
        migrations.AlterField(
            model_name="decision",
            name="expires_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "no_go"), ("expires_on__isnull", False), _connector="OR"),
                name="decision_approval_ends",
            ),
        ),
        migrations.RunPython(restore, lift),
    ]
