"""What stands on the page of a run, for the index beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluations.queries.run_figures import FigureCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of the page. anchor: its id there."""

    anchor: str
    label: str


def index_of(context: Mapping[str, Any]) -> list[Part]:
    """Return the sections that the page shows, in their order; a figure under its heading."""
    figures: Sequence[FigureCard] = context["figures"]
    came_of_it = context["findings"] or context["risk_links"] or context["mitigation_links"]
    parts = (
        ("checks", "Checks", context["rows"]),
        ("excluded", "Who is not compared", True),
        ("compared", "Compared with", context["beside"]),
        *(
            (f"fig{number}", card.heading, card.first)
            for number, card in enumerate(figures, start=1)
        ),
        ("meaning", "What this means", True),
        ("reading", "For reading", context["folded"] or context["tables"]),
        ("metrics", "All metrics", True),
        ("came", "What came of it", came_of_it),
        ("computation", "Checks of the computation", context["diagnostics"]),
        ("origin", "Where it comes from", True),
    )
    return [Part(anchor=anchor, label=label) for anchor, label, shown in parts if shown]
