"""Let the database refuse that a contribution is changed or taken away."""

from django.db import migrations

from rai_portal.guards import install
from registry.guards import GUARDS


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_datasetcolumn_edges")]

    operations = [install(*GUARDS)]
