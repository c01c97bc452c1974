"""Ask of a vote a deciding role in the release's own portfolio: installed by a later migration."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0002_guards")]

    operations = []
