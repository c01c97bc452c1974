"""Keep with each signature the roles and the function that its signer had."""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from assessments.guards import GUARDS
from rai_portal.guards import remove


def fill(apps: Any, _editor: BaseDatabaseSchemaEditor) -> None:
    """Signatures from before were counted by the roles that their signers have now."""
    held = apps.get_model("accounts", "Membership").objects
    for vote in apps.get_model("assessments", "Vote").objects.select_related(
        "voter", "review__release__system"
    ):
        here = models.Q(portfolio=None) | models.Q(
            portfolio=vote.review.release.system.portfolio_id
        )
        vote.roles = sorted(set(held.filter(here, user=vote.voter).values_list("role", flat=True)))
        vote.function = vote.voter.function
        vote.save(update_fields=["roles", "function"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_user_function"),
        ("assessments", "0004_decision_papers_and_ends"),
        ("registry", "0002_leak_checks"),
    ]

    operations = [
        # The newest migration installs them.
        remove(*GUARDS),
        migrations.AddField(
            model_name="vote",
            name="function",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="vote",
            name="roles",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
