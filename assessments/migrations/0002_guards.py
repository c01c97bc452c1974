"""Guards stand since here; the newest migration of this app installs them as they are written now.

Installed here they would name columns that the tables do not have yet, which SQLite refuses at the
next change of a table.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("registry", "0001_initial"), ("assessments", "0001_initial")]

    operations = []
