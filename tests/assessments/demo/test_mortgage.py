"""The mortgage demonstration: derived from the published data, the same each time, no leaks."""

import hashlib

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from assessments.demo.mortgage import (
    CUT_OFF,
    FEATURES,
    LEFT_OUT,
    derive,
    load_applications,
    reweighing,
)
from registry.reading.leaks import find_leaks
from registry.reading.models import read_signature
from registry.reading.profile import profile
from registry.reading.roles import suggest_roles

SEED = 20261122


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return derive(tmp_path_factory.mktemp("mortgage"), SEED)


def digests(folder):
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_same_seed_gives_the_same_bytes(files, tmp_path):
    derive(tmp_path, SEED)
    first, again = digests(files.past_decisions.parent), digests(tmp_path)
    assert len(first) == 7
    assert first == again


def test_past_decisions_show_the_approval_rates_of_the_study(files):
    past = pd.read_csv(files.past_decisions)
    rates = past.groupby("race")["approved"].agg(["mean", "size"])
    assert rates["size"].to_dict() == {"Black": 197, "Hispanic": 111, "White": 1681}
    assert rates["mean"].round(3).to_dict() == {"Black": 0.675, "Hispanic": 0.766, "White": 0.908}


def test_no_release_sees_a_protected_attribute_or_what_is_known_only_afterwards(files):
    assert not set(FEATURES.values()) & set(LEFT_OUT)
    for release in (files.plain, files.reweighed):
        assert read_signature(release.model).feature_names == tuple(FEATURES)


def test_no_feature_looks_like_a_leak(files):
    table = profile(files.plain.data_csv)
    assert (
        find_leaks(
            files.plain.data_csv, table, label="approved", features=files.features, positive="1"
        )
        == ()
    )


def test_the_roles_of_the_columns_are_suggested_right(files):
    roles = {entry.column: entry.role for entry in suggest_roles(profile(files.plain.data_parquet))}
    parts = {name: roles[name] for name in ("id", "race", "sex", "married", "approved", "score")}
    assert parts == {
        "id": "id",
        "race": "sensitive",
        "sex": "sensitive",
        "married": "sensitive",
        "approved": "label",
        "score": "score",
    }
    assert roles["predicted"] == "prediction"
    assert {roles[feature] for feature in files.features} == {"feature"}


def test_predictions_are_the_scores_at_the_cut_off_in_both_tables(files):
    for release in (files.plain, files.reweighed):
        table, twin = pd.read_csv(release.data_csv), pd.read_parquet(release.data_parquet)
        assert len(table) == 1989
        assert ((table["score"] >= CUT_OFF) == (table["predicted"] == 1)).all()
        assert np.allclose(table["score"], twin["score"])
        assert list(table.columns) == list(twin.columns)


def test_scores_are_of_models_that_had_not_seen_the_row(files):
    table = pd.read_parquet(files.plain.data_parquet)
    booster = xgb.Booster(model_file=str(files.plain.model))
    seen = booster.predict(xgb.DMatrix(table[list(FEATURES)]))

    def loss(score):
        return -np.log(np.where(table["approved"] == 1, score, 1 - score)).mean()

    assert loss(seen) < loss(table["score"].to_numpy()) - 0.05


def test_weights_by_hand_make_race_and_label_independent():
    race = np.array(["a", "a", "a", "b", "b", "b", "b", "b"])
    label = np.array([1, 0, 0, 1, 1, 1, 1, 0])
    weights = reweighing(race, label)
    # P(a) = 3/8, P(1) = 5/8, P(a, 1) = 1/8: 15/64 over 8/64.
    assert weights[0] == pytest.approx(15 / 8)
    assert weights[1] == pytest.approx((3 / 8 * 3 / 8) / (2 / 8))
    assert weights.sum() == pytest.approx(8)
    for group in ("a", "b"):
        rows = race == group
        assert weights[rows & (label == 1)].sum() / weights[rows].sum() == pytest.approx(5 / 8)


def test_values_that_stand_for_not_known_are_missing():
    applications = load_applications()
    assert applications["credit_lines"].max() < 100
    assert applications["term_months"].isna().sum() == 4
