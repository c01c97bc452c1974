"""Triggers by which the database itself refuses what must never happen.

A CHECK constraint sees one row of one table; these see other tables, and the row before the
change. Each guard is written once here and installed by a migration on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.db import migrations

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

type Event = Literal["INSERT", "UPDATE", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Refuse `event` on `table` when the SQL condition over NEW and OLD holds.

    condition: SQL that both databases read; `IS DISTINCT FROM` is known to both. on_sqlite,
    on_postgresql: the condition where each reads another, such as of times.
    message: what the database answers. keys: unique keys of an append-only table, columns with commas:
    SQLite's INSERT OR REPLACE deletes by them without firing delete triggers.
    """

    name: str
    table: str
    event: Event
    message: str
    condition: str = ""
    keys: tuple[str, ...] = ("id",)
    on_sqlite: str = ""
    on_postgresql: str = ""


def kept(table: str, *keys: str, message: str = "") -> Guard:
    """Return the guard that refuses deleting rows of a table."""
    return Guard(
        name=f"{table}_no_delete",
        table=table,
        event="DELETE",
        message=message or f"{table} is never deleted",
        keys=keys or ("id",),
    )


def append_only(table: str, *keys: str) -> tuple[Guard, ...]:
    """Return guards that refuse changing and deleting rows of a table."""
    message = f"{table} is append-only"
    return (
        Guard(name=f"{table}_no_update", table=table, event="UPDATE", message=message),
        kept(table, *keys, message=message),
    )


def changed(*columns: str) -> str:
    """Return SQL that is true when an update changes one of the columns."""
    return "(" + " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns) + ")"


def _same(key: str) -> str:
    return "(" + " AND ".join(f"{column} = NEW.{column}" for column in key.split(",")) + ")"


def _sqlite(guard: Guard) -> list[str]:
    condition = guard.on_sqlite or guard.condition
    when = f"WHEN {condition}" if condition else ""
    statements = [
        f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} FOR EACH ROW {when} "
        f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
    ]
    if guard.event == "DELETE" and not guard.condition:
        taken = " OR ".join(_same(key) for key in guard.keys)
        statements.append(
            f"CREATE TRIGGER {guard.name}_replace BEFORE INSERT ON {guard.table} FOR EACH ROW "
            f"WHEN EXISTS (SELECT 1 FROM {guard.table} WHERE {taken}) "
            f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
        )
    return statements


def _postgresql(guard: Guard) -> list[str]:
    refuse = f"RAISE EXCEPTION '{guard.message}' USING ERRCODE = 'integrity_constraint_violation'"
    condition = guard.on_postgresql or guard.condition
    body = f"IF {condition} THEN {refuse}; END IF;" if condition else f"{refuse};"
    result = "OLD" if guard.event == "DELETE" else "NEW"
    statements = [
        f"CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $guard$ "
        f"BEGIN {body} RETURN {result}; END $guard$",
        f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {guard.name}()",
        # ALWAYS: session_replication_role skips ordinary triggers.
        f"ALTER TABLE {guard.table} ENABLE ALWAYS TRIGGER {guard.name}",
    ]
    if guard.event == "DELETE" and not guard.condition:
        statements += [
            f"CREATE OR REPLACE FUNCTION {guard.name}_truncate() RETURNS trigger "
            f"LANGUAGE plpgsql AS $guard$ BEGIN {refuse}; END $guard$",
            f"CREATE TRIGGER {guard.name}_truncate BEFORE TRUNCATE ON {guard.table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {guard.name}_truncate()",
            f"ALTER TABLE {guard.table} ENABLE ALWAYS TRIGGER {guard.name}_truncate",
        ]
    return statements


def install_sql(guard: Guard, vendor: str) -> list[str]:
    """Return the statements that install a guard."""
    return {"sqlite": _sqlite, "postgresql": _postgresql}[vendor](guard)


def remove_sql(guard: Guard, vendor: str) -> list[str]:
    """Return the statements that remove a guard."""
    names = [guard.name]
    if guard.event == "DELETE" and not guard.condition:
        names.append(
            f"{guard.name}_truncate" if vendor == "postgresql" else f"{guard.name}_replace"
        )
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in names]
    return [f"DROP TRIGGER IF EXISTS {name} ON {guard.table}" for name in names]


def execute(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    """Run statements one by one, outside parameter expansion."""
    # PostgreSQL refuses to alter a table while foreign keys of its rows wait to be checked.
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        connection.check_constraints()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


type Step = Callable[[Any, BaseDatabaseSchemaEditor], None]


def _statements(guards: tuple[Guard, ...], sql: Callable[[Guard, str], list[str]]) -> Step:
    def step(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for guard in guards:
            execute(editor.connection, sql(guard, editor.connection.vendor))

    return step


def install(*guards: Guard) -> migrations.RunPython:
    """Return the migration operation that installs guards; it can be reversed."""
    return migrations.RunPython(_statements(guards, install_sql), _statements(guards, remove_sql))


def remove(*guards: Guard) -> migrations.RunPython:
    """Return the migration operation that takes guards away, for `install` to bring them back.

    A migration that changes a guarded table begins with it: SQLite makes such a table anew, which
    drops its triggers without a word, and refuses while triggers elsewhere name the table.
    """
    return migrations.RunPython(_statements(guards, remove_sql), _statements(guards, install_sql))
