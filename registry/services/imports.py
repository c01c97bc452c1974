"""An existing inventory: read strictly, shown with its errors by line, applied once."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from rai_portal.db import row_record
from rai_portal.errors import Conflict, Refused
from rai_portal.ledger.services.record import record
from registry.choices import Kind, LifecycleStage
from registry.models import AISystem, InventoryImport
from registry.people import people_of
from registry.permissions import require_change
from registry.reading.tabular import TableLimits, TabularFile, check_file
from registry.services.systems import SystemFacts, register_system
from registry.services.uploads import arriving

if TYPE_CHECKING:
    from django.db.models import TextChoices

    from rai_portal.accounts.models import Portfolio, User

REQUIRED = ("name", "kind", "owner_email", "purpose")
OPTIONAL = (
    "stage", "intended_use", "out_of_scope_uses", "affected_groups", "users", "decisions",
    "jurisdictions",
)  # fmt: skip
COLUMNS = (*REQUIRED, *OPTIONAL)
LIMITS = TableLimits(size_bytes=5 * 1024**2, rows=2_000, columns=40)
_LONGEST = {"name": 120, "jurisdictions": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineError:
    """What is wrong in one line of the file."""

    line: int
    column: str
    message: str


def read_inventory(
    *, actor: User, portfolio: Portfolio, chunks: Iterable[bytes], file_name: str
) -> InventoryImport:
    """Return the rows as read, with the errors by line; nothing is registered yet."""
    require_change(actor, portfolio.pk)
    with arriving(chunks) as path:
        table = check_file(path, limits=LIMITS)
        _require_columns(table)
        rows = list(_rows(path, table))
    errors = list(_errors(rows, portfolio))
    with transaction.atomic():
        inventory = InventoryImport.objects.create(
            portfolio=portfolio,
            file_name=file_name[-255:],
            rows=rows,
            errors=[
                {"line": error.line, "column": error.column, "message": error.message}
                for error in errors
            ],
            created_by=actor,
        )
        details = {"lines": len(rows), "errors": len(errors), "sha256": table.sha256}
        record(actor=actor, action="inventory.read", subject=inventory, details=details)
    return inventory


def _require_columns(table: TabularFile) -> None:
    if table.format != "csv":
        message = "An inventory is a CSV file; this is Parquet. Nothing was kept. Export it as CSV."
        raise Refused(message, field="file")
    names = [name.strip().casefold() for name in table.columns]
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if missing or unknown:
        parts = [
            f"lacks {', '.join(missing)}" if missing else "",
            f"has {', '.join(unknown[:5])}, which the template does not" if unknown else "",
        ]
        what = " and ".join(part for part in parts if part)
        message = f"The header {what}. Nothing was kept. Start from the template."
        raise Refused(message, field="file")


def _rows(path: Path, table: TabularFile) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=table.delimiter, strict=True)
        header = [name.strip().casefold() for name in next(reader)]
        line = reader.line_num + 1
        for values in reader:
            if values:
                kept = {name: value.strip() for name, value in zip(header, values, strict=True)}
                yield {**dict.fromkeys(COLUMNS, ""), **kept, "line": line}
            line = reader.line_num + 1


def _errors(rows: list[dict[str, Any]], portfolio: Portfolio) -> Iterator[LineError]:
    owners = {user.email.casefold() for user in people_of([portfolio.pk])}
    names = AISystem.objects.filter(portfolio=portfolio).values_list("name", flat=True)
    taken = {name.casefold(): 0 for name in names}
    for row in rows:
        for column, message in _faults(row, owners, taken):
            yield LineError(line=row["line"], column=column, message=message)
        taken.setdefault(row["name"].casefold(), row["line"])


def _faults(
    row: dict[str, Any], owners: set[str], taken: dict[str, int]
) -> Iterator[tuple[str, str]]:
    yield from _gaps_and_lengths(row)
    if row["name"].casefold() in taken:
        line = taken[row["name"].casefold()]
        where = f"line {line} has it too" if line else "this portfolio has it already"
        yield "name", f"“{row['name'][:60]}” stands twice: {where}."
    closed: tuple[tuple[str, type[TextChoices]], ...] = (("kind", Kind), ("stage", LifecycleStage))
    for column, choices in closed:
        if row[column] and _value(choices, row[column]) is None:
            yield column, f"“{row[column][:40]}” is none of {', '.join(choices.values)}."
    if row["owner_email"] and row["owner_email"].casefold() not in owners:
        yield "owner_email", f"Nobody with a role here has the address {row['owner_email'][:80]}."


def _gaps_and_lengths(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for column in REQUIRED:
        if not row[column]:
            yield column, "Empty, though each system needs it."
    for column in COLUMNS:
        longest = _LONGEST.get(column, 4000)
        if len(row[column]) > longest:
            yield column, f"Longer than {longest:,} characters."


def _value(choices: type[TextChoices], text: str) -> str | None:
    """Return the code for a code or a label, in any case."""
    wanted = text.strip().casefold()
    for value, label in choices.choices:
        if wanted in (str(value).casefold(), str(label).casefold()):
            return str(value)
    return None


def good_lines(inventory: InventoryImport) -> list[dict[str, Any]]:
    """Return the rows that have no error."""
    bad = {error["line"] for error in inventory.errors}
    return [row for row in inventory.rows if row["line"] not in bad]


@transaction.atomic
def apply_import(*, actor: User, inventory: InventoryImport) -> list[AISystem]:
    """Register the lines without errors, all or none, and once only."""
    require_change(actor, inventory.portfolio_id)
    before = row_record(inventory)
    claimed = InventoryImport.objects.filter(pk=inventory.pk, applied_at=None).update(
        applied_at=timezone.now()
    )
    if not claimed:
        message = "This inventory was applied already. Nothing was registered twice."
        raise Conflict(message)
    rows = good_lines(inventory)
    if not rows:
        message = "No line is free of errors. Nothing was registered. Mend the file, read it again."
        raise Refused(message)
    people = {user.email.casefold(): user for user in people_of([inventory.portfolio_id])}
    systems = [_register(actor, inventory, row, people) for row in rows]
    inventory.refresh_from_db()
    details = {"systems": [system.pk for system in systems]}
    record(
        actor=actor, action="inventory.applied", subject=inventory, before=before, details=details
    )
    return systems


def _register(
    actor: User, inventory: InventoryImport, row: dict[str, Any], people: dict[str, User]
) -> AISystem:
    owner = people.get(row["owner_email"].casefold())
    if owner is None:
        message = (
            f"Line {row['line']}: {row['owner_email']} has no role here any more. Nothing was "
            "registered. Read the file again."
        )
        raise Refused(message)
    texts = {name: row[name] for name in OPTIONAL if name != "stage"}
    facts = SystemFacts(
        name=row["name"],
        kind=_value(Kind, row["kind"]) or row["kind"],
        stage=_value(LifecycleStage, row["stage"]) or LifecycleStage.PROPOSED,
        owner=owner,
        purpose=row["purpose"],
        **texts,
    )
    try:
        return register_system(actor=actor, portfolio=inventory.portfolio, facts=facts)
    except Refused as refusal:
        message = f"Line {row['line']}: {refusal.sentence} No line was registered."
        raise type(refusal)(message) from refusal
