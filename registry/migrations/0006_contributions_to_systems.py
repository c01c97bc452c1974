"""Note acts on a system once, for every release of it; those noted release by release are kept."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from rai_portal.guards import install, remove
from registry.guards import GUARDS, SYSTEM_GUARDS

WHOLE_SYSTEM = ("audit.attached", "risk.linked")
"""Acts on the system that no ledger entry about it or a part of it holds."""


def carry_over(apps: Any, _editor: BaseDatabaseSchemaEditor) -> None:
    """What was noted for the releases that there were holds for those to come."""
    model = apps.get_model("registry", "SystemContribution")
    rows = apps.get_model("registry", "Contribution").objects.filter(act__in=WHOLE_SYSTEM)
    for system, user, act, first in rows.order_by().values_list(
        "release__system_id", "user_id", "act"
    ).annotate(first=models.Min("at")):
        made = model.objects.create(system_id=system, user_id=user, act=act)
        model.objects.filter(pk=made.pk).update(at=first)


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0005_contribution_guards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SystemContribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(max_length=60)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contributions', to='registry.aisystem')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('system', 'user', 'act'), name='system_contribution_once')],
            },
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        # Anew with every unique key: SQLite replaces a row by any of them without a word.
        remove(*GUARDS),
        install(*GUARDS, *SYSTEM_GUARDS),
    ]
