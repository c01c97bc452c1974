"""Keep with each decision what stood beside its gate; older ones take it from their own memo."""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from assessments.guards import GUARDS
from rai_portal.guards import install, remove

KEPT = ("system", "release", "tier", "risks", "plan", "changes", "quorum", "filed")


def fill(apps: Any, _editor: BaseDatabaseSchemaEditor) -> None:
    """Take it from the memo that was made for the decision; without one, nothing is known."""
    memos = apps.get_model("assessments", "Document").objects.filter(
        kind="memo", decision__isnull=False, state="succeeded"
    )
    for memo in memos.order_by("-pk").select_related("decision"):
        told = (memo.record or {}).get("dossier", {})
        if not all(name in told for name in (*KEPT, "runs")):
            continue
        memo.decision.seen = {
            **{name: told[name] for name in KEPT},
            "runs": [run["id"] for run in told["runs"]],
        }
        memo.decision.save(update_fields=["seen"])


class Migration(migrations.Migration):
    dependencies = [("assessments", "0007_reviews_and_grants_kept")]

    operations = [
        remove(*GUARDS),
        migrations.AddField(
            model_name="decision",
            name="seen",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        install(*GUARDS),
    ]
