"""Fix with a locked plan what its checks read; keep plans, and when a run was asked for."""

from django.db import migrations, models

from evaluations.guards import GUARDS
from rai_portal.guards import install, remove


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0008_foresight")]

    operations = [
        remove(*GUARDS),
        migrations.AddField(
            model_name="check",
            name="reads",
            field=models.JSONField(blank=True, help_text="Columns by their part, and the favourable and positive value, fixed by locking.", null=True),
        ),
        install(*GUARDS),
    ]
