"""Keep with a verdict the bound that decided, and whose it is."""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from evaluations.guards import GUARDS
from rai_portal.guards import execute, install_sql, remove_sql

TABLE = "evaluations_runverdict"


def renew(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Install the guards of the table anew: SQLite makes it anew, which loses its triggers."""
    for guard in GUARDS:
        if guard.table == TABLE:
            execute(editor.connection, remove_sql(guard, editor.connection.vendor))
            execute(editor.connection, install_sql(guard, editor.connection.vendor))


class Migration(migrations.Migration):

    dependencies = [
        ('evaluations', '0005_check_edges'),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, renew),
        migrations.AddField(
            model_name='runverdict',
            name='bound',
            field=models.FloatField(blank=True, help_text='What was compared with the limit. None before it was stored apart: then an end of low to high.', null=True),
        ),
        migrations.AddField(
            model_name='runverdict',
            name='decided',
            field=models.TextField(blank=True, help_text='Whose bound decided, where low to high alone do not show it.'),
        ),
        migrations.RunPython(renew, migrations.RunPython.noop),
    ]
