"""Make the ledger append-only in the database itself."""

from django.db import migrations

from rai_portal.guards import install
from rai_portal.ledger.guards import GUARDS


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [install(*GUARDS)]
