"""Ask of a vote a deciding role in the release's own portfolio."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from assessments.guards import GUARDS
from rai_portal.guards import execute, install_sql, remove_sql

CHANGED = "vote_by_board_member"


def renew(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Put the guard as it is written now in the place of the one installed before."""
    guard = next(item for item in GUARDS if item.name == CHANGED)
    execute(editor.connection, remove_sql(guard, editor.connection.vendor))
    execute(editor.connection, install_sql(guard, editor.connection.vendor))


class Migration(migrations.Migration):
    dependencies = [("assessments", "0002_guards")]

    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
