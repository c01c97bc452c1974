"""Let the database refuse that a run is taken from the checks it was started for."""

from django.db import migrations

from evaluations.guards import RUN_CHECK_GUARDS
from rai_portal.guards import install


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0006_verdict_bound")]

    operations = [install(*RUN_CHECK_GUARDS)]
