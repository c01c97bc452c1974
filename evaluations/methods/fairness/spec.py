"""The catalogue's record of the fairness methods: light, so that listing costs nothing."""

from __future__ import annotations

from dataclasses import dataclass

from evaluations.methods.catalogue import Better, MethodSpec, MetricSpec, parameter, register

KEY = "fairness.group_rates"
VERSION = "1.4.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRatesParameters:
    """What a user may set; thresholds are no part of it: they belong to the check."""

    level: float = parameter(
        0.95,
        title="Confidence level",
        help="Of the two-sided intervals. A later look at the same check uses a higher level.",
        minimum=0.5,
        maximum=0.9999,
    )
    minimum_group_size: int = parameter(
        30,
        title="Minimum group size",
        help="Groups with fewer rows, and rates with fewer rows in the denominator, are listed "
        "as not estimable and never compared.",
        minimum=1,
        maximum=1_000_000,
    )
    reference: str = parameter(
        "",
        title="Reference group",
        help="A value of a group column. Empty: for selection rates the group with the highest "
        "rate, for every other metric the largest group.",
    )
    intersections: int = parameter(
        1,
        title="Depth of intersections",
        help="2 also shows each pair of group columns together, for reading: no verdict.",
        minimum=1,
        maximum=4,
        bears_on=(),
    )
    calibration_bins: int = parameter(
        10,
        title="Calibration bins",
        help="Bins of equal width in which scores are compared with outcomes.",
        minimum=2,
        maximum=100,
        bears_on=("expected_calibration_error",),
    )
    impact_smallest_share: float = parameter(
        0.0,
        title="Smallest share for impact ratios",
        help="Impact ratios leave out groups with a smaller share of the rows of known membership. "
        "Local Law 144 allows up to 0.02; 0 leaves none out.",
        minimum=0.0,
        maximum=0.02,
    )
    outcome_word: str = parameter(
        "selected",
        title="Word for the favourable outcome",
        help="As in “is approved less often”: approved, hired, admitted.",
        bears_on=(),
    )
    people_word: str = parameter(
        "people",
        title="Word for the people",
        help="As in “Black applicants”: applicants, patients, customers.",
        bears_on=(),
    )


@dataclass(frozen=True, slots=True)
class _Base:
    key: str
    title: str
    better: Better
    meaning: str


RATE_TITLES: tuple[_Base, ...] = (
    _Base("base_rate", "Base rate", "neither", "Share of rows whose label is positive."),
    _Base(
        "selection_rate",
        "Selection rate",
        "neither",
        "Share of rows with the favourable prediction.",
    ),
    _Base(
        "true_positive_rate",
        "True positive rate",
        "higher",
        "Of the rows with a positive label, the share with the favourable prediction.",
    ),
    _Base(
        "false_positive_rate",
        "False positive rate",
        "lower",
        "Of the rows with a negative label, the share with the favourable prediction.",
    ),
    _Base(
        "true_negative_rate",
        "True negative rate",
        "higher",
        "Of the rows with a negative label, the share with the unfavourable prediction.",
    ),
    _Base(
        "false_negative_rate",
        "False negative rate",
        "lower",
        "Of the rows with a positive label, the share with the unfavourable prediction.",
    ),
    _Base(
        "precision",
        "Precision",
        "higher",
        "Of the rows with the favourable prediction, the share with a positive label.",
    ),
    _Base(
        "false_discovery_rate",
        "False discovery rate",
        "lower",
        "Of the rows with the favourable prediction, the share with a negative label.",
    ),
    _Base(
        "false_omission_rate",
        "False omission rate",
        "lower",
        "Of the rows with the unfavourable prediction, the share with a positive label.",
    ),
    _Base(
        "negative_predictive_value",
        "Negative predictive value",
        "higher",
        "Of the rows with the unfavourable prediction, the share with a negative label.",
    ),
    _Base("accuracy", "Accuracy", "higher", "Share of rows whose prediction equals the label."),
    _Base(
        "scoring_rate",
        "Scoring rate",
        "neither",
        "Share of rows whose score is above the median score of all rows (6 RCNY § 5-300).",
    ),
)

COMPOSITE_TITLES: tuple[_Base, ...] = (
    _Base(
        "balanced_accuracy",
        "Balanced accuracy",
        "higher",
        "Mean of the true positive and the true negative rate; 0.5 is chance.",
    ),
    _Base("f1", "F1", "higher", "Harmonic mean of precision and true positive rate."),
    _Base(
        "auc",
        "AUC",
        "higher",
        "How often a positive row has a higher score than a negative one; 0.5 is chance.",
    ),
    _Base("brier", "Brier score", "lower", "Mean squared distance of the score from the label."),
)


def _of_groups(base: _Base, *, ratios: bool) -> list[MetricSpec]:
    name = base.title
    found = [
        MetricSpec(
            key=base.key,
            title=name,
            unit="share" if ratios else "score",
            low=0.0,
            high=1.0,
            better=base.better,
            parity=None,
            meaning=base.meaning,
        ),
        MetricSpec(
            key=f"{base.key}_difference",
            title=f"{name}, difference",
            unit="difference",
            low=-1.0,
            high=1.0,
            better="nearer parity",
            parity=0.0,
            meaning=f"{name} of the group less that of the reference group.",
        ),
        MetricSpec(
            key=f"{base.key}_worst_difference",
            title=f"{name}, worst gap",
            unit="difference",
            low=0.0,
            high=1.0,
            better="lower",
            parity=0.0,
            meaning=f"Largest difference in {name.lower()} between any two compared groups.",
        ),
    ]
    return found + (_ratios(base) if ratios else [])


def _ratios(base: _Base) -> list[MetricSpec]:
    name = base.title
    four_fifths = " The four-fifths ratio of 29 CFR 1607.4(D)."
    return [
        MetricSpec(
            key=f"{base.key}_ratio",
            title=f"{name}, ratio",
            unit="ratio",
            low=0.0,
            high=None,
            better="nearer parity",
            parity=1.0,
            meaning=f"{name} of the group divided by that of the reference group.",
        ),
        MetricSpec(
            key=f"{base.key}_worst_ratio",
            title=f"{name}, worst ratio",
            unit="ratio",
            low=0.0,
            high=1.0,
            better="higher",
            parity=1.0,
            meaning=f"Lowest ratio of {name.lower()} between any two compared groups."
            + (four_fifths if base.key == "selection_rate" else ""),
        ),
    ]


_COUNT = MetricSpec(
    key="count",
    title="Rows",
    unit="rows",
    low=0.0,
    high=None,
    better="neither",
    parity=None,
    meaning="Number of rows.",
)

_CALIBRATION = MetricSpec(
    key="expected_calibration_error",
    title="Expected calibration error",
    unit="score",
    low=0.0,
    high=1.0,
    better="lower",
    parity=None,
    meaning="Mean distance of score and outcome over bins of the score, its bias removed.",
)

_IMPACT = tuple(
    MetricSpec(
        key=key,
        title=title,
        unit="ratio",
        low=0.0,
        high=None,
        better="nearer parity",
        parity=1.0,
        meaning=f"{rate} of the group divided by the highest of any group, as New York City's "
        "Local Law 144 defines it (6 RCNY § 5-301); the law sets no pass mark.",
    )
    for key, title, rate in (
        ("impact_ratio", "Impact ratio", "Selection rate"),
        ("scoring_impact_ratio", "Impact ratio of scoring", "Scoring rate"),
    )
)

_EQUALISED_ODDS = MetricSpec(
    key="equalised_odds_worst_difference",
    title="Equalised odds, worst gap",
    unit="difference",
    low=0.0,
    high=1.0,
    better="lower",
    parity=0.0,
    meaning="The larger of the worst gaps in true and in false positive rate: within a limit only "
    "if both are.",
)

LIMITS = (
    "Labels may carry past bias. Labels may exist only for those who were selected. Group data may be "
    "wrong or missing. Association is not cause. Calibration within groups and equal error rates "
    "cannot both hold when base rates differ, unless prediction is perfect."
)

GROUP_RATES = register(
    MethodSpec(
        key=KEY,
        version=VERSION,
        title="Group rates",
        meaning="Compares selection, errors and calibration between groups, with intervals.",
        needs=("predictions", "groups"),
        optional=("labels", "scores"),
        parameters=GroupRatesParameters,
        metrics=(
            _COUNT,
            *(spec for base in RATE_TITLES for spec in _of_groups(base, ratios=True)),
            *(spec for base in COMPOSITE_TITLES for spec in _of_groups(base, ratios=False)),
            _CALIBRATION,
            *_IMPACT,
            _EQUALISED_ODDS,
        ),
        limits=f"{LIMITS} Rows are taken as independent and of equal weight unless clusters and "
        "weights are declared.",
        source="Clopper and Pearson 1934; Newcombe 1998; Zou and Donner 2008; Donner and Zou 2012; Šidák 1967; "
        "DeLong and others 1988; Kumar and others 2019; Kish 1965; Korn and Graubard 1998; "
        "Holm 1979; Hardt and others 2016; 29 CFR 1607.4(D); 6 RCNY § 5-300.",
        execute="evaluations.sources.group_rates:evaluate",
    )
)
