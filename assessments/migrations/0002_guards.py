"""Let the database refuse what the domain refuses."""

from django.db import migrations

from assessments.guards import GUARDS
from rai_portal.guards import install


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("registry", "0001_initial"), ("assessments", "0001_initial")]

    operations = [install(*GUARDS)]
