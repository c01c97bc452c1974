"""What kind of values a column holds: told from the values where the file does not say."""

from __future__ import annotations

from typing import Any, Literal

from registry.reading.values import quoted, text_sql

type Kind = Literal["number", "boolean", "text", "time"]

_NUMBER_TYPES = frozenset(
    (
        "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
        "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "REAL", "DECIMAL",
    )
)  # fmt: skip
_FLOATS = ("FLOAT", "DOUBLE", "REAL")


def kind_of(type_name: str) -> Kind:
    """Return the kind for a type as DuckDB names it."""
    if type_name.split("(", maxsplit=1)[0] in _NUMBER_TYPES:
        return "number"
    if type_name == "BOOLEAN":
        return "boolean"
    return "time" if type_name.startswith(("DATE", "TIME", "INTERVAL")) else "text"


def value_sql(column: str, type_name: str) -> str:
    """Return SQL for a column's values as they are counted; NULL: missing."""
    if type_name in _FLOATS:
        return f"CASE WHEN isfinite({column}) THEN {column} END"
    return text_sql(column) if type_name == "VARCHAR" else column


def number_sql(column: str, type_name: str) -> str:
    """Return SQL for a column's finite numbers; NULL: none."""
    number = f"TRY_CAST({value_sql(column, type_name)} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def told_type(connection: Any, name: str) -> str:
    """Tell the type of a column of text in the table `data`: what all of its values could be."""
    present, numbers, finite, whole, truths, moments, clocks = connection.execute(
        "SELECT count(t), count(n), count(n) FILTER (isfinite(n)), "  # noqa: S608 - quoted
        "count(TRY_CAST(t AS BIGINT)) FILTER (regexp_full_match(t, '[+-]?[0-9]+')), "
        "count(*) FILTER (lower(t) IN ('true', 'false')), "
        "count(TRY_CAST(t AS TIMESTAMP)), count(*) FILTER (contains(t, ':')) FROM "
        "(SELECT t, TRY_CAST(t AS DOUBLE) AS n FROM "
        f"(SELECT {text_sql(quoted(name))} AS t FROM data)) WHERE t IS NOT NULL"
    ).fetchone()
    if not present:
        return "VARCHAR"
    if numbers == present and finite:
        return "BIGINT" if whole == present else "DOUBLE"
    if truths == present:
        return "BOOLEAN"
    if moments == present:
        return "TIMESTAMP" if clocks else "DATE"
    return "VARCHAR"
