"""Let the database keep policies, reviews and conditions as they were published, asked and imposed."""

from django.db import migrations

from assessments.guards import GUARDS
from rai_portal.guards import install, remove


class Migration(migrations.Migration):
    dependencies = [("assessments", "0006_acceptance_bound_to_words")]

    operations = [
        remove(*GUARDS),
        install(*GUARDS),
    ]
