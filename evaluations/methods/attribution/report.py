"""`attribution.shap`: from explained rows to a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from evaluations.methods.attribution import figures
from evaluations.methods.attribution.explained import Explained
from evaluations.methods.attribution.group_figures import group_gaps
from evaluations.methods.attribution.groups import (
    Compared,
    FeatureGap,
    compare,
    feature_gaps,
    group_metrics,
)
from evaluations.methods.attribution.ranking import (
    ADDITIVITY_TOLERANCE,
    Additivity,
    Ranked,
    additivity,
    rank,
    ranking_metrics,
)
from evaluations.methods.attribution.spec import KEY, VERSION
from evaluations.methods.attribution.stability import LIMIT, stability_metrics
from evaluations.methods.attribution.tables import case_table, feature_table, gap_table
from evaluations.methods.attribution.waterfall import waterfalls
from evaluations.methods.results import (
    Diagnostic,
    Estimate,
    MethodReport,
    Metric,
    Narrative,
)
from evaluations.methods.wording import plain, rows, said, small, span


def report(explained: Explained) -> MethodReport:
    """Rank the features, check additivity, compare groups, draw.

    Pure: the same explained rows give the same report. Values are in the model's raw output; a
    difference of 0 between groups is parity.
    """
    ranked = rank(explained)
    checked = additivity(explained)
    compared = compare(explained)
    gaps = feature_gaps(explained, compared)
    stability = stability_metrics(explained)
    metrics = (
        *ranking_metrics(explained, ranked),
        *checked.metrics(),
        *stability,
        *group_metrics(explained, compared, gaps),
    )
    tables = [feature_table(explained, ranked), case_table(explained)]
    if gaps:
        tables.append(gap_table(gaps))
    return MethodReport(
        method=KEY,
        version=VERSION,
        parameters=dataclasses.asdict(explained.parameters),
        metrics=metrics,
        narrative=_narrative(explained),
        excluded=compared.excluded,
        tables=tuple(tables),
        figures=(
            figures.bar(explained, ranked),
            figures.beeswarm(explained, ranked),
            *waterfalls(explained),
            *figures.dependence(explained, ranked),
            *group_gaps(explained, gaps),
        ),
        diagnostics=_diagnostics(explained, checked, stability, compared),
        headline=_headline(explained, ranked, checked, gaps),
        seed=explained.seed,
        inputs=dict(explained.inputs_digests),
    )


def _headline(
    explained: Explained,
    ranked: Sequence[Ranked],
    checked: Additivity,
    gaps: Sequence[FeatureGap],
) -> str:
    first = ranked[0]
    found = first.absolute
    if found.value == 0:
        return f"No feature moves the output: it is the same for all {rows(explained.rows)}."
    text = (
        f"{first.feature} moves the output most: {plain(found.value)} "
        f"({span(found.low, found.high)}) in {explained.output_name} on average, "
        f"{rows(explained.rows)}."
    )
    if gaps:
        widest = max(gaps, key=lambda gap: abs(gap.gap.own.value))
        own = widest.gap.own
        text += (
            f" Between {widest.pair.group} and {widest.pair.reference} the attribution of "
            f"{widest.feature} differs most: {plain(own.value)} ({span(own.low, own.high)}), "
            f"{rows(widest.pair.n)}."
        )
    if checked.failures:
        text += f" Attributions do not add up in {rows(checked.failures)} of {checked.rows:,}."
    return text


def _diagnostics(
    explained: Explained,
    checked: Additivity,
    stability: Sequence[Metric],
    compared: Compared,
) -> tuple[Diagnostic, ...]:
    found = [
        Diagnostic(
            key="additivity",
            title="Attributions add up to the output",
            passed=checked.failures == 0,
            detail=(
                f"Checked on all {rows(checked.rows)}: largest error {small(checked.largest)}; "
                f"{checked.failures:,} above {ADDITIVITY_TOLERANCE}."
            ),
            value=checked.largest,
        ),
        Diagnostic(
            key="game",
            title="Game",
            passed=None,
            detail=_game(explained),
            value=explained.parameters.game,
        ),
        Diagnostic(
            key="rows",
            title="Rows explained",
            passed=None,
            detail=(
                f"{explained.rows:,} of {rows(explained.rows_total)}, drawn with seed "
                f"{explained.seed}."
            ),
            value=explained.rows,
        ),
    ]
    if explained.parameters.game == "interventional":
        found.append(_background(explained))
    found.extend(_stability(metric) for metric in stability)
    found.extend(_sensitive(explained))
    found.extend(
        Diagnostic(
            key=f"groups-{column}",
            title=f"Groups of {column}",
            passed=None,
            detail=f"Fewer than two groups of {column} have enough rows; nothing was compared.",
        )
        for column, _ in compared.alone
    )
    return tuple(found)


def _background(explained: Explained) -> Diagnostic:
    return Diagnostic(
        key="background",
        title="Background",
        passed=None,
        detail=(
            f"{rows(explained.background_rows)} drawn from the data with seed {explained.seed}; "
            "SHA-256 of names and values."
        ),
        value=explained.background_digest,
    )


def _game(explained: Explained) -> str:
    if explained.parameters.game == "interventional":
        return (
            "Interventional: features left out of a coalition take the values of background rows, "
            "one after the other; exact for this background."
        )
    return (
        "Path-dependent: features left out of a coalition follow the trees by the training rows "
        "counted in them; no background; exact for this game."
    )


def _stability(metric: Metric) -> Diagnostic:
    titles = {
        "neighbour_similarity": "Similar rows are explained alike",
        "background_similarity": "Another background tells the same",
    }
    passed = None
    if isinstance(metric.outcome, Estimate) and metric.outcome.low is not None:
        passed = True if metric.outcome.low >= LIMIT else None
        if metric.outcome.high is not None and metric.outcome.high < LIMIT:
            passed = False
    return Diagnostic(
        key=metric.metric,
        title=titles[metric.metric],
        passed=passed,
        detail=f"Mean cosine similarity {said(metric.outcome)}; at least {LIMIT} is held stable.",
    )


def _sensitive(explained: Explained) -> list[Diagnostic]:
    used = [group.name for group in explained.groups if group.name in explained.features]
    if not explained.groups:
        return []
    detail = "None of the compared group columns is a feature of the model; stand-ins may be."
    if used:
        detail = f"The model is given {', '.join(used)} itself."
    return [
        Diagnostic(
            key="sensitive_features",
            title="Group columns among the features",
            passed=not used,
            detail=detail,
            value=len(used),
        )
    ]


def _narrative(explained: Explained) -> Narrative:
    game = explained.parameters.game
    return Narrative(
        principle=(
            "People who are affected by a score, and those who answer for it, should be able to "
            "see what moves it."
        ),
        technique=(
            f"Shapley values of the {game} game, computed by SHAP for trees in "
            f"{explained.output_name}: for each row the output less the base value "
            f"({plain(explained.base, 3)}) is divided among the features. {_game(explained)} "
            f"Intervals are over rows: t for means, Welch for differences between groups, with "
            "Bonferroni bounds over all comparisons."
        ),
        limitation=(
            "Attributions are associations within the model, not causes in the world: changing a "
            "feature of a person need not change the outcome as shown. Correlated features share "
            "credit by convention; another game or background gives other values. The intervals "
            "cover the choice of rows, not the training of the model. What is explained is the "
            "model as uploaded: rows that it was trained on are explained by a model that has seen "
            "them, while scores kept out of fold come from other fits. Attributions may let a "
            "reader infer values of a record."
        ),
        decision=(
            "Serves the review of features that stand close to a protected attribute, the check of "
            "reasons given to people, and the choice of what to leave out of the next release. No "
            "limit is set on an attribution by itself."
        ),
    )
