"""What the catalogue says of `attribution.shap`; imports neither models nor data engines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evaluations.methods.catalogue import MethodSpec, MetricSpec, parameter, register

KEY = "attribution.shap"
VERSION = "1.1.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapParameters:
    """Parameters of `attribution.shap`."""

    game: Literal["interventional", "path-dependent"] = parameter(
        "interventional",
        title="Game",
        help="Interventional: features left out are filled from background rows. Path-dependent: "
        "from the training rows counted in the trees. Their values differ.",
    )
    rows: int = parameter(
        2_000,
        title="Rows explained",
        help="Drawn with the seed when the data has more.",
        minimum=2,
        maximum=200_000,
    )
    background_rows: int = parameter(
        100,
        title="Background rows",
        help="Drawn with the seed; used by the interventional game.",
        minimum=1,
        maximum=2_000,
    )
    cut_off: float = parameter(
        0.5,
        title="Decision cut-off",
        help="Of the model's prediction (a probability for a binary classifier).",
        bears_on=(),
    )
    cases: str = parameter(
        "",
        title="Cases",
        help="Row numbers to show one by one, counted from 1, with commas between. Empty: the "
        "lowest, the highest and the one nearest the cut-off.",
        bears_on=(),
    )
    minimum_group_size: int = parameter(
        30, title="Minimum group size", help="Smaller groups are listed, not compared.", minimum=2
    )
    level: float = parameter(0.95, title="Level of intervals", minimum=0.5, maximum=0.999)


def _metric(
    key: str,
    title: str,
    meaning: str,
    *,
    unit: str = "output",
    low: float | None = None,
    high: float | None = None,
    parity: float | None = None,
) -> MetricSpec:
    better: Literal["nearer parity", "neither"] = "neither" if parity is None else "nearer parity"
    return MetricSpec(
        key=key,
        title=title,
        unit=unit,
        low=low,
        high=high,
        better=better,
        parity=parity,
        meaning=meaning,
    )


METRICS = (
    _metric(
        "mean_absolute_attribution",
        "Mean absolute attribution",
        "How far the feature moves the output, on average over rows; in the model's raw output "
        "(log-odds for a binary classifier).",
        low=0,
    ),
    _metric(
        "attribution_share",
        "Share of attribution",
        "The feature's part of the mean absolute attribution of all features.",
        unit="share",
        low=0,
        high=1,
    ),
    MetricSpec(
        key="additivity_max_error",
        title="Largest additivity error",
        unit="output",
        low=0,
        high=None,
        better="lower",
        parity=None,
        meaning="Largest distance, over all explained rows, between the base value plus all "
        "attributions and the model's output. Exact.",
    ),
    MetricSpec(
        key="additivity_failures",
        title="Rows that fail additivity",
        unit="rows",
        low=0,
        high=None,
        better="lower",
        parity=None,
        meaning="Explained rows whose attributions do not add up to the output within 0.0001.",
    ),
    _metric(
        "mean_output_difference",
        "Difference of mean output",
        "Mean output of the group less that of the reference; the sum of the differences of all "
        "features.",
        parity=0,
    ),
    _metric(
        "mean_attribution_difference",
        "Difference of mean attribution",
        "Mean attribution of the feature in the group less that in the reference: how much of the "
        "difference of outputs passes through this feature.",
        parity=0,
    ),
    _metric(
        "feature_group_association",
        "How well the feature alone tells the group",
        "Somers' D (2 × area under the curve − 1) of the feature between group and reference: 0 "
        "tells nothing, 1 and −1 tell them apart.",
        unit="correlation",
        low=-1,
        high=1,
        parity=0,
    ),
    _metric(
        "proxy_reliance",
        "Reliance on a stand-in for the group",
        "Share of attribution of the feature × how well it alone tells the group (absolute "
        "Somers' D).",
        unit="share",
        low=0,
        high=1,
        parity=0,
    ),
    MetricSpec(
        key="neighbour_similarity",
        title="Similarity of attributions among neighbours",
        unit="cosine",
        low=-1,
        high=1,
        better="higher",
        parity=None,
        meaning="Mean cosine similarity of a row's attributions with those of its five nearest "
        "rows; 0.8 or more is held to be stable.",
    ),
    MetricSpec(
        key="background_similarity",
        title="Similarity of attributions across backgrounds",
        unit="cosine",
        low=-1,
        high=1,
        better="higher",
        parity=None,
        meaning="Mean cosine similarity of a row's attributions under two backgrounds drawn apart; "
        "0.8 or more is held to be stable. Interventional game only.",
    ),
)

SPEC = register(
    MethodSpec(
        key=KEY,
        version=VERSION,
        title="SHAP attribution of a tree model",
        meaning="Shapley values: how much each feature moved the model's output for each row, "
        "against a base value.",
        needs=("features", "model"),
        optional=("groups",),
        parameters=ShapParameters,
        metrics=METRICS,
        limits="Attributions describe the model, not the world: they are associations, not causes. "
        "They depend on the game and the background, split credit among correlated features by "
        "convention, and may let a reader infer values of a person's record. A feature without "
        "attribution can still be predicted from others.",
        source="Lundberg and Lee (2017), A unified approach to interpreting model predictions; "
        "Lundberg and others (2020), From local explanations to global understanding with "
        "explainable AI for trees; Janzing, Minorics and Blöbaum (2020) on the interventional game.",
        execute="evaluations.sources.attribution:explain_by_shap",
    )
)
