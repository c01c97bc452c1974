"""Group columns of numbers, read as the bins that were declared for them."""

from __future__ import annotations

from dataclasses import replace

from evaluations.methods.inputs import BadInput, ColumnRoles
from evaluations.sources.files import OpenFile
from registry.reading.bins import bin_sql
from registry.reading.values import quoted, text_sql


def group_sql(source: OpenFile, column: str, roles: ColumnRoles) -> str:
    """Return SQL for the group a row belongs to by a column: its value as text, or its bin.

    NULL: not recorded. BadInput where edges were declared and a value is no finite number.
    """
    text = text_sql(quoted(column))
    edges = dict(roles.edges).get(column, ())
    if not edges:
        return text
    number = f"TRY_CAST({text} AS DOUBLE)"
    odd, whole = source.rows(
        f"SELECT min({text}) FILTER ({text} IS NOT NULL "  # noqa: S608 - quoted
        f"AND NOT coalesce(isfinite({number}), false)), "
        f"coalesce(bool_and({number} = floor({number})), true) FROM {source.relation}"
    )[0]
    if odd is not None:
        message = (
            f"The column {column!r} was declared with edges and holds {str(odd)[:40]!r}, which is "
            "no finite number. Nothing was counted. Leave the edges out, or mend the column."
        )
        raise BadInput(message)
    return bin_sql(number, edges, whole=bool(whole))


def binned(source: OpenFile, roles: ColumnRoles) -> OpenFile:
    """Return the file with every group column that has edges replaced by its bins."""
    named = [column for column, _ in roles.edges if column in roles.groups]
    if not named:
        return source
    parts = ", ".join(f"{group_sql(source, name, roles)} AS {quoted(name)}" for name in named)
    relation = f"(SELECT * REPLACE ({parts}) FROM {source.relation})"  # noqa: S608 - quoted
    return replace(source, relation=relation)
