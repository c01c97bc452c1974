"""Facts about the counting itself: rows that lack something, and what weights and clusters cost."""

from __future__ import annotations

from evaluations.methods.fairness.analysis import Analysis
from evaluations.methods.inputs import GroupRatesInputs, SampleDesign
from evaluations.methods.limits import named
from evaluations.methods.results import Diagnostic
from evaluations.methods.wording import plain


def diagnostics(inputs: GroupRatesInputs, single: list[Analysis]) -> tuple[Diagnostic, ...]:
    """Return one diagnostic for each kind of missing value, then the largest design effect."""
    counts = inputs.cells.counts
    found = [("rows_without_prediction", "prediction", int(counts[:, :, 2].sum()))]
    if inputs.cells.labelled:
        found.append(("rows_without_label", "label", int(counts[:, 2, :].sum())))
    if inputs.scores is not None:
        what = "score or a label" if inputs.cells.labelled else "score"
        found.append(("rows_without_score", what, inputs.scores.left_out))
    missing = tuple(
        Diagnostic(
            key=key,
            title=f"Rows without a {what}",
            passed=n == 0,
            detail=f"{n:,} of {inputs.cells.rows:,} rows are without a {what}; rates that need it "
            "leave them out."
            if n
            else f"No row is without a {what}.",
            value=n,
        )
        for key, what, n in found
    )
    if inputs.design is None:
        return missing
    return (*missing, *_uncounted(inputs.design), *_effects(single, inputs.design))


def _uncounted(design: SampleDesign) -> tuple[Diagnostic, ...]:
    return tuple(
        Diagnostic(
            key="rows_left_out_" + reason.replace(" ", "_"),
            title=f"Rows with {reason}",
            passed=n == 0,
            detail=f"{n:,} rows have {reason} ({column}) and were counted nowhere."
            if n
            else f"No row has {reason} ({column}).",
            value=n,
        )
        for column, reason, n in design.left_out
    )


def _effects(single: list[Analysis], design: SampleDesign) -> tuple[Diagnostic, ...]:
    """Name the group whose selection rate loses most to weights and clusters."""
    found = [
        (float(metric.spread.effects[place]), place, analysis)
        for analysis in single
        for metric in analysis.metrics
        if metric.key == "selection_rate" and metric.spread is not None
        for place in range(len(metric.n))
        if not metric.reasons[place]
    ]
    if not found:
        return ()
    effect, place, analysis = max(found, key=lambda item: item[0])
    n, who = int(analysis.grouped.rows[place]), named(analysis.grouped.group(place))
    cause = " and ".join(
        word
        for word, column in (("weights", design.weight_column), ("clusters", design.cluster_column))
        if column is not None
    )
    return (
        Diagnostic(
            key="design_effect",
            title="Design effect",
            passed=None,
            detail=f"Because of {cause} the {n:,} rows of {who} are worth {plain(n / effect, 0)} "
            f"independent ones for the selection rate: a design effect of {plain(effect)}, the "
            "largest of any group.",
            value=effect,
        ),
    )
