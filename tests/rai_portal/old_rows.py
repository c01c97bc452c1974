"""Fills a database as it was before acts on a whole system had a table of their own.

Run by itself against an empty database, since rows of an older kind have no models any more.
"""

from __future__ import annotations

import os

import django

BEFORE = ("registry", "0005_contribution_guards")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rai_portal.settings")
    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    executor.migrate([BEFORE])
    apps = MigrationExecutor(connection).loader.project_state([BEFORE]).apps

    def make(app: str, model: str, **values: object) -> object:
        return apps.get_model(app, model).objects.create(**values)

    user = make("accounts", "User", email="a@example.com", name="A")
    portfolio = make("accounts", "Portfolio", name="P")
    system = make(
        "registry",
        "AISystem",
        name="S",
        kind="rag",
        purpose="P",
        portfolio=portfolio,
        owner=user,
        created_by=user,
    )
    for version in ("1.0", "1.1"):
        release = make("registry", "Release", system=system, version=version, created_by=user)
        make("registry", "Contribution", release=release, user=user, act="audit.attached")
        make("registry", "Contribution", release=release, user=user, act="release.created")


if __name__ == "__main__":
    main()
