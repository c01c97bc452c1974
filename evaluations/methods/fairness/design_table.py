"""What weights and clusters cost: rows, clusters, effective size and design effect of each rate."""

from __future__ import annotations

from evaluations.methods.fairness.analysis import Analysis
from evaluations.methods.fairness.spread import FEWEST
from evaluations.methods.fairness.tables import TITLES
from evaluations.methods.inputs import SampleDesign
from evaluations.methods.results import Scalar, Table


def design_tables(single: list[Analysis], design: SampleDesign | None) -> list[Table]:
    """Return one table for each group column; none for independent rows of equal weight."""
    if design is None:
        return []
    return [_design_table(analysis, design) for analysis in single]


def _design_table(analysis: Analysis, design: SampleDesign) -> Table:
    grouped = analysis.grouped
    rows: list[tuple[Scalar, ...]] = []
    for metric in analysis.metrics:
        spread = metric.spread
        if spread is None:
            continue
        for place, n in enumerate(metric.n.tolist()):
            known = not metric.reasons[place]
            rows.append(
                (
                    TITLES[metric.key],
                    *grouped.members[place],
                    n,
                    None if spread.clusters is None else int(spread.clusters[place]),
                    float(spread.sizes[place]) if known else None,
                    float(spread.effects[place]) if known else None,
                    metric.reasons[place],
                )
            )
    return Table(
        key=f"design_{'_'.join(grouped.columns)}",
        title=f"Design effects by {' and '.join(grouped.columns)}",
        columns=(
            "metric",
            *grouped.columns,
            "rows",
            "clusters",
            "effective size",
            "design effect",
            "note",
        ),
        rows=tuple(rows),
        note=_note(design),
    )


def _note(design: SampleDesign) -> str:
    said = (
        "The effective size is the number of independent rows of equal weight that would be as "
        "precise; the design effect is rows divided by it, and never credited below 1."
    )
    if design.cluster_column is None:
        return said
    return (
        f"{said} Variances are those of whole clusters ({design.cluster_column}). With fewer than "
        f"{FEWEST} clusters a number is not estimable. Where groups share clusters, a difference "
        "is widened if they move against each other and not narrowed if they move together."
    )
