"""Verify a mitigation by somebody who neither made nor owns it, nor ever changed it."""

from django.db import migrations

from rai_portal.guards import install
from registry.guards import MITIGATION_GUARDS


class Migration(migrations.Migration):

    dependencies = [
        ("registry", "0006_contributions_to_systems"),
        ("ledger", "0002_guards"),
    ]

    operations = [install(*MITIGATION_GUARDS)]
