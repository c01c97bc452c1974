"""Let the database refuse what the domain refuses."""

from django.db import migrations

from evaluations.guards import GUARDS
from rai_portal.guards import install


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0001_initial")]

    operations = [install(*GUARDS)]
