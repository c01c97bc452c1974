"""The figures of a run: under which heading, and which of them stand unfolded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluations.methods import catalogue

if TYPE_CHECKING:
    from evaluations.models import Run

FIRST_FIGURES = 4

type Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureCard:
    """A figure under the heading that says what it is of. first: it stands unfolded."""

    heading: str
    figure: Record
    open: str
    first: bool


def figure_cards(run: Run) -> list[FigureCard]:
    """Return the figures in their order; the first has its table open."""
    figures = (run.result or {}).get("figures", ())
    keys = _checked_keys(run)
    return [
        FigureCard(
            heading=_heading(run.method, figure),
            figure=figure,
            open="table" if number == 0 and run.method.startswith("fairness.") else "",
            first=_is_first(str(figure["key"]), number, keys),
        )
        for number, figure in enumerate(figures)
    ]


def _checked_keys(run: Run) -> frozenset[str]:
    """Return the keys of figures that show what a check is about: "selection_rate_race"."""
    found = set()
    for verdict in run.verdicts.all():
        check = verdict.check_row
        base = check.metric.removesuffix("_worst_difference").removesuffix("_worst_ratio")
        columns = "_".join(check.by)
        found |= {f"{base}{kind}_{columns}" for kind in ("", "_pairs", "_ratios")}
    return frozenset(found)


def _is_first(key: str, number: int, checked: frozenset[str]) -> bool:
    """Whether a figure stands unfolded: it shows a check, or it is among the first few."""
    if any(not name.startswith("shap-") for name in checked) and not key.startswith("shap-"):
        return key in checked
    return number < FIRST_FIGURES or key.startswith("shap-groups")


_SHAP = {
    "shap-bar": "How much each feature weighs",
    "shap-beeswarm": "Each row by feature",
    "shap-dependence": "One feature against its attribution",
    "shap-waterfall": "One case",
    "shap-groups": "Difference between groups",
}


def _heading(method: str, figure: Record) -> str:
    key = str(figure["key"])
    for begin, words in _SHAP.items():
        if key.startswith(begin):
            return _numbered(words, key.removeprefix(begin))
    for mark, words in (("_pairs_", "Gaps in"), ("_ratios_", "Ratios of")):
        metric, _, columns = key.partition(mark)
        if columns:
            return f"{words} {metric.replace('_', ' ')} by {columns.replace('_', ' and ')}"
    for spec in sorted(catalogue.get(method).metrics, key=lambda item: -len(item.key)):
        if key.startswith(f"{spec.key}_"):
            return f"{spec.title} by {key.removeprefix(f'{spec.key}_').replace('_', ' and ')}"
    return key.replace("_", " ").replace("-", " ").capitalize()


def _numbered(words: str, rest: str) -> str:
    rest = rest.strip("-")
    if not rest:
        return words
    return f"{words}, {rest}" if rest.isdigit() else f"{words}: {rest.replace('-', ' ')}"
