"""Rows to evaluate on: taken in, and what each column is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from rai_portal.db import row_record
from rai_portal.documents.services.store import keep
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record
from rai_portal.work.engine import submit
from registry.choices import ColumnRole, FileFormat
from registry.models import Dataset, DatasetColumn
from registry.permissions import require_change
from registry.reading.bins import needs_edges, parse_edges
from registry.reading.tabular import TabularFile, check_file
from registry.reading.values import outcomes_of, same_outcome
from registry.services.edges import too_many_numbers
from registry.services.leaks import look_for_leaks
from registry.services.saving import save_checked
from registry.services.uploads import arriving

if TYPE_CHECKING:
    from rai_portal.accounts.models import Portfolio, User
    from registry.models import AISystem

SINGLE = (ColumnRole.LABEL, ColumnRole.PREDICTION, ColumnRole.SCORE)
"""Roles that at most one column has."""
_MEDIA = {FileFormat.CSV: "text/csv", FileFormat.PARQUET: "application/vnd.apache.parquet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRoleInput:
    """What a column is for; a sensitive one needs its purpose and legal basis."""

    role: str
    purpose: str = ""
    legal_basis: str = ""
    edges: tuple[str, ...] = ()
    """Of a sensitive column of numbers: the edges of its bins, rising."""


def upload_dataset(
    *,
    actor: User,
    portfolio: Portfolio,
    name: str,
    chunks: Iterable[bytes],
    original_name: str,
    system: AISystem | None = None,
    description: str = "",
) -> Dataset:
    """Return a new dataset whose profile is on its way to a worker.

    The file is read strictly to its end before anything is kept; a fault is refused with its line
    and column. Columns stand at once, without roles.
    """
    require_change(actor, portfolio.pk)
    if system is not None and system.portfolio_id != portfolio.pk:
        message = "The system belongs to another portfolio. Nothing was kept. Choose one of this."
        raise Refused(message, field="system")
    with arriving(chunks) as path:
        table = check_file(path)
        with transaction.atomic():
            file_format = FileFormat(table.format)
            file = keep(
                path, portfolio=portfolio, actor=actor, name=original_name,
                media_type=_MEDIA[file_format],
            )  # fmt: skip
            dataset = Dataset(
                portfolio=portfolio, system=system, name=name.strip(), file=file,
                description=description.strip(), format=file_format, rows=table.rows,
                created_by=actor,
            )  # fmt: skip
            save_checked(dataset)
            _add_columns(dataset, table)
            submit(dataset)
            details = {"sha256": table.sha256, "rows": table.rows, "columns": len(table.columns)}
            record(actor=actor, action="dataset.uploaded", subject=dataset, details=details)
    return dataset


def _add_columns(dataset: Dataset, table: TabularFile) -> None:
    DatasetColumn.objects.bulk_create(
        DatasetColumn(dataset=dataset, position=position, name=name, type="")
        for position, name in enumerate(table.columns)
    )


@transaction.atomic
def set_roles(
    *,
    actor: User,
    dataset: Dataset,
    roles: Mapping[str, ColumnRoleInput],
    favourable: str = "",
    positive_label: str = "",
    outcome_word: str = "",
) -> Dataset:
    """Say what the columns are for; those not named keep their role.

    The scope digest of releases that use the dataset changes with it, so runs on them go stale.
    """
    row = Dataset.objects.select_for_update().get(pk=dataset.pk)
    require_change(actor, row.portfolio_id)
    columns = list(row.columns.all())
    before = {"columns": _columns_record(columns), **_values_record(row)}
    before_row = row_record(row)
    _assign(columns, roles)
    _check_together(columns, favourable.strip(), positive_label.strip())
    _check_values(row, columns, favourable.strip(), positive_label.strip())
    _check_edges(row, columns)
    row.favourable, row.positive_label = favourable.strip(), positive_label.strip()
    row.outcome_word = outcome_word.strip()
    save_checked(row)
    _save_columns(row, columns)
    look_for_leaks(actor=actor, dataset=row)
    after = {"columns": _columns_record(columns), **_values_record(row)}
    record(
        actor=actor, action="dataset.roles_set", subject=row, before=before_row,
        details={"before": before, "after": after},
    )  # fmt: skip
    return row


def _assign(columns: list[DatasetColumn], roles: Mapping[str, ColumnRoleInput]) -> None:
    by_name = {column.name: column for column in columns}
    for name, wanted in roles.items():
        column = by_name.get(name)
        if column is None:
            message = (
                f"This dataset has no column “{name}”. No role was changed. Its columns are "
                f"{', '.join(list(by_name)[:10])}."
            )
            raise Refused(message)
        if wanted.role not in ColumnRole.values:
            message = f"“{wanted.role}” is not a role of a column. No role was changed."
            raise Refused(message)
        sensitive = wanted.role == ColumnRole.SENSITIVE
        if sensitive and not (wanted.purpose.strip() and wanted.legal_basis.strip()):
            message = (
                f"“{name}” is sensitive: say for what purpose it is read and on which legal basis. "
                "No role was changed."
            )
            raise Refused(message)
        column.role = wanted.role
        column.purpose = wanted.purpose.strip() if sensitive else ""
        column.legal_basis = wanted.legal_basis.strip() if sensitive else ""
        column.edges = _edges(name, wanted.edges) if sensitive else []


def _edges(name: str, edges: Iterable[str]) -> list[str]:
    try:
        return list(parse_edges(", ".join(edges)))
    except ValueError as error:
        raise Refused(f"“{name}”: {error} No role was changed.") from error


def _check_together(columns: list[DatasetColumn], favourable: str, positive: str) -> None:
    held = {role: [column.name for column in columns if column.role == role] for role in SINGLE}
    for role, names in held.items():
        if len(names) > 1:
            message = (
                f"{' and '.join(names)} are both the {role.value}; one column can be. No role was "
                "changed. Give the others another role."
            )
            raise Refused(message)
    if held[ColumnRole.PREDICTION] and not favourable:
        message = "Say which predicted value is good for the person. No role was changed."
        raise Refused(message, field="favourable")
    if held[ColumnRole.LABEL] and not positive:
        message = "Say which label counts as positive. No role was changed."
        raise Refused(message, field="positive_label")


def _check_values(
    dataset: Dataset, columns: list[DatasetColumn], favourable: str, positive: str
) -> None:
    """Where the profile knows the values: a label and a prediction have two, and these occur."""
    profiles = dataset.column_profiles()
    asked = {
        ColumnRole.LABEL: ("label", "positive_label", positive),
        ColumnRole.PREDICTION: ("prediction", "favourable", favourable),
    }
    for column in columns:
        profile = profiles.get(column.name)
        if profile is None or column.role not in asked:
            continue
        word, field, value = asked[ColumnRole(column.role)]
        _check_outcome(column.name, profile, word=word, field=field, value=value)


def _check_outcome(
    name: str, profile: Mapping[str, Any], *, word: str, field: str, value: str
) -> None:
    seen = outcomes_of(profile)
    number = len(seen) or profile["distinct"]
    if number > 2:
        message = (
            f"{name} has {number:,} values; a {word} has two. No role was "
            "changed. Choose another column, or upload a table in which it has two."
        )
        raise Refused(message)
    if seen and not same_outcome(value, seen):
        message = (
            f"“{value}” never occurs in {name}; its values are {', '.join(seen)}. No "
            "role was changed. Choose one of them."
        )
        raise Refused(message, field=field)


def _check_edges(dataset: Dataset, columns: list[DatasetColumn]) -> None:
    """Where the profile knows the values: edges part numbers, and many numbers need them."""
    profiles = dataset.column_profiles()
    for column in columns:
        profile = profiles.get(column.name)
        if profile is None or column.role != ColumnRole.SENSITIVE:
            continue
        field = f"edges_{column.position}"
        if column.edges and profile["kind"] != "number":
            message = (
                f"“{column.name}” does not hold numbers alone, so edges cannot part it. No role "
                "was changed. Leave the edges out."
            )
            raise Refused(message, field=field)
        if not column.edges and needs_edges(profile):
            message = too_many_numbers(column.name, profile["distinct"])
            raise Refused(f"{message} No role was changed.", field=field)


def _save_columns(dataset: Dataset, columns: list[DatasetColumn]) -> None:
    # Two columns may swap a role that one column has: let go first, then take.
    dataset.columns.update(role=ColumnRole.IGNORED)
    DatasetColumn.objects.bulk_update(columns, ("role", "purpose", "legal_basis", "edges"))


def _columns_record(columns: list[DatasetColumn]) -> list[list[str]]:
    return [
        [column.name, str(column.role), column.purpose, column.legal_basis, *column.edges]
        for column in columns
        if column.role != ColumnRole.IGNORED
    ]


def _values_record(dataset: Dataset) -> dict[str, str]:
    return {
        "favourable": dataset.favourable,
        "positive_label": dataset.positive_label,
        "outcome_word": dataset.outcome_word,
    }
