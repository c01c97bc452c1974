"""Refuse signatures of another time, on closed reviews, and sign-offs of who is no reviewer."""

from django.db import migrations

from assessments.guards import GUARDS
from rai_portal.guards import install, remove


class Migration(migrations.Migration):

    dependencies = [
        ("assessments", "0008_what_the_deciders_saw"),
        ("accounts", "0003_role_proposals"),
    ]

    operations = [remove(*GUARDS), install(*GUARDS)]
