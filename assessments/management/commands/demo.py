"""The demo: `demo prepare` makes people, `demo carry-out` does their work with the worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assessments.demo.people import prepare_people


class Command(BaseCommand):
    """manage.py demo prepare | carry-out."""

    help = "Seed the demo on the Boston Fed mortgage data; nothing in it is precomputed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the act."""
        parser.add_argument("act", choices=("prepare", "carry-out"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; both acts may be repeated and take up where they were stopped."""
        if options["act"] == "prepare":
            prepare_people()
            return
        from assessments.demo.story import carry_out

        carry_out(say=self.stdout.write)
