"""Let the database refuse that a stored file's row is changed or taken away."""

from django.db import migrations

from rai_portal.documents.guards import GUARDS
from rai_portal.guards import install


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [install(*GUARDS)]
