"""Tie documents to their decision; a no-go has no end."""

import django.db.models.deletion
from django.db import migrations, models

from assessments.guards import GUARDS
from rai_portal.guards import remove


class Migration(migrations.Migration):
    dependencies = [("assessments", "0003_vote_guard"), ("registry", "0001_initial")]

    operations = [
        # SQLite builds the table anew and loses its triggers; the next migration installs them.
        remove(*GUARDS),
        migrations.AddField(
            model_name="document",
            name="decision",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="documents", to="assessments.decision",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="expires_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "no_go"), ("expires_on__isnull", False), _connector="OR"),
                name="decision_approval_ends",
            ),
        ),
    ]
