"""Keep roles, words and review with what was granted; policies, reviews, conditions as they were."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from assessments.guards import GUARDS
from rai_portal.guards import install, remove


def fill(apps: Any, _editor: BaseDatabaseSchemaEditor) -> None:
    """What was granted before was counted by the roles that its granters have now."""
    held = apps.get_model("accounts", "Membership").objects
    acceptances = apps.get_model("assessments", "RiskAcceptance").objects
    for row in acceptances.select_related("risk__system"):
        row.roles = _roles(held, row.accepted_by_id, row.risk.system.portfolio_id)
        row.save(update_fields=["roles"])
    grants = apps.get_model("assessments", "ExceptionGrant").objects.filter(granted_by__isnull=False)
    for row in grants.select_related("release__system"):
        row.roles = _roles(held, row.granted_by_id, row.release.system.portfolio_id)
        row.save(update_fields=["roles"])


def _roles(held: Any, user_id: int, portfolio_id: int) -> list[str]:
    here = models.Q(portfolio=None) | models.Q(portfolio=portfolio_id)
    return sorted(set(held.filter(here, user=user_id).values_list("role", flat=True)))


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("accounts", "0002_user_function"),
        ("assessments", "0006_acceptance_bound_to_words"),
    ]

    operations = [
        remove(*GUARDS),
        migrations.AddField(
            model_name="riskacceptance",
            name="roles",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="exceptiongrant",
            name="roles",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="exceptiongrant",
            name="worded_by",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="exceptiongrant",
            name="review",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="exceptions", to="assessments.review"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        install(*GUARDS),
    ]
