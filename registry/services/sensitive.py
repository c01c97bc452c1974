"""Reading sensitive columns is an event of the ledger, whoever reads them and for what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction

from rai_portal.ledger.services.record import record

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import Dataset, DatasetColumn


def note_sensitive_read(
    *, actor: User, dataset: Dataset, columns: Iterable[DatasetColumn], work: Mapping[str, Any]
) -> None:
    """Write the entry in a transaction of its own: what is read stays read, come what may.

    Each column is told with its purpose and legal basis. work: what they are read for, such as
    {"run": 118}.
    """
    told = [
        {"column": column.name, "purpose": column.purpose, "legal_basis": column.legal_basis}
        for column in columns
    ]
    with transaction.atomic():
        record(
            actor=actor, action="dataset.sensitive_read", subject=dataset,
            details={**work, "columns": told},
        )  # fmt: skip
