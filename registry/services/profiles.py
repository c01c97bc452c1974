"""The worker's part of a dataset: types, missing values, ranges, distributions drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rai_portal.documents.figures import drawable, svg
from rai_portal.ledger.services.record import record
from rai_portal.work.choices import Stage
from rai_portal.work.engine import Progress, RefusedWork
from registry.choices import ColumnRole
from registry.models import Dataset, DatasetColumn
from registry.reading.errors import RefusedFile
from registry.reading.profile import DatasetProfile, profile
from registry.reading.profile_figures import ProfileFigure, profile_figures
from registry.reading.roles import RoleSuggestion, suggest_roles
from registry.services.uploads import kept_but_unused

DRAWN = 200
"""So many columns are drawn; a table of two thousand would keep a worker for minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiled:
    """What the worker found: record is ready to be stored as JSON."""

    rows: int
    types: dict[str, str]
    suggestions: tuple[RoleSuggestion, ...]
    record: dict[str, Any]


class ProfileDataset:
    """Reads the file once, on the worker."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def perform(self, progress: Progress) -> Profiled:
        """Count and draw; refuses with the reader's sentence."""
        progress(Stage.LOADING)
        try:
            progress(Stage.COMPUTING)
            found = profile(self.dataset.file.path)
        except RefusedFile as refusal:
            raise RefusedWork(kept_but_unused(refusal)) from refusal
        figures = profile_figures(found)[:DRAWN]
        drawn = []
        for number, figure in enumerate(figures):
            progress(Stage.DRAWING, number, len(figures))
            drawn.append(_drawn(figure))
        suggestions = suggest_roles(found)
        return _profiled(found, suggestions, drawn)

    def store(self, outcome: Profiled) -> None:
        """Keep the profile; a sensitive column that was read is told to the ledger."""
        dataset = self.dataset
        dataset.profile, dataset.rows = outcome.record, outcome.rows
        dataset.save(update_fields=["profile", "rows"])
        columns = list(dataset.columns.all())
        suggested = {item.column: item.role for item in outcome.suggestions}
        for column in columns:
            column.type = outcome.types[column.name][:40]
            column.suggested_role = suggested[column.name]
        DatasetColumn.objects.bulk_update(columns, ("type", "suggested_role"))
        sensitive = [
            column.name
            for column in columns
            if ColumnRole.SENSITIVE in (column.role, column.suggested_role)
        ]
        if sensitive:
            details = {"columns": sensitive, "for": "profile", "asked_by": dataset.created_by_id}
            record(actor=None, action="dataset.sensitive_read", subject=dataset, details=details)
        record(actor=None, action="dataset.profiled", subject=dataset)

    def failed(self, reason: str) -> None:
        """Tell the ledger that the profile could not be made."""
        record(actor=None, action="dataset.profile_failed", subject=self.dataset, reason=reason)


def _drawn(figure: ProfileFigure) -> dict[str, Any]:
    return {
        "column": figure.column,
        "text_alternative": figure.text_alternative,
        "specification": dict(figure.specification),
        "svg": svg(figure.specification),
    }


def _profiled(
    found: DatasetProfile, suggestions: tuple[RoleSuggestion, ...], drawn: list[dict[str, Any]]
) -> Profiled:
    said = [
        {"column": item.column, "role": item.role, "reason": item.reason} for item in suggestions
    ]
    whole = {**found.as_json(), "suggestions": said, "figures": drawn}
    return Profiled(
        rows=found.rows,
        types={column.name: column.type for column in found.columns},
        suggestions=suggestions,
        # PostgreSQL's JSON takes no NUL, and pages show these values.
        record=drawable(whole),
    )
