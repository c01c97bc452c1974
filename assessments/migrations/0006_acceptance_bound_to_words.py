"""Bind an acceptance to the words and the rating of its risk; read hands from the ledger too."""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from assessments.guards import GUARDS
from rai_portal.guards import install, remove
from registry.risk_text import risk_digest

REWRITTEN = ("risk.changed", "risk.rated", "risk.rating_confirmed")


def fill(apps: Any, _editor: BaseDatabaseSchemaEditor) -> None:
    """Bind what was accepted before where the ledger shows no later change; the rest is asked anew."""
    entries = apps.get_model("ledger", "Entry").objects
    for row in apps.get_model("assessments", "RiskAcceptance").objects.select_related("risk"):
        later = entries.filter(
            subject_type="registry.risk",
            subject_id=row.risk_id,
            action__in=REWRITTEN,
            at__gt=row.accepted_at,
        )
        if not later.exists():
            row.risk_digest = risk_digest(row.risk)
            row.save(update_fields=["risk_digest"])


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0005_signers_as_they_were"),
        ("ledger", "0002_guards"),
        ("registry", "0006_contributions_to_systems"),
    ]

    operations = [
        remove(*GUARDS),
        migrations.AddField(
            model_name="riskacceptance",
            name="risk_digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        install(*GUARDS),
    ]
