"""Attribution from files: exact against enumeration, repeatable, and a sentence for bad input."""

import dataclasses
import functools
import itertools
import json
import math
import pickle

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from evaluations.methods.catalogue import get
from evaluations.methods.inputs import BadInput, ColumnRoles, EvaluationRequest
from evaluations.methods.results import as_json, result_digest
from evaluations.sources.models import contributions, open_model

FEATURES = ["income", "debt", "years", "delinquent"]
ROWS = 120


def table() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "id": [f"A{i:03d}" for i in range(ROWS)],
            "race": np.where(rng.random(ROWS) < 0.4, "Black", "White"),
            "income": rng.normal(50, 10, ROWS).round(2),
            "debt": rng.normal(20, 5, ROWS).round(2),
            "years": rng.integers(0, 20, ROWS),
            "delinquent": rng.integers(0, 2, ROWS),
        }
    )
    frame.loc[::17, "debt"] = np.nan
    score = frame["income"] / 10 - frame["debt"].fillna(20) / 5 - 2 * frame["delinquent"]
    frame["approved"] = (score > score.median()).astype(int)
    return frame


def train(frame, **options) -> xgb.Booster:
    settings = {
        "objective": "binary:logistic",
        "max_depth": 3,
        "eta": 0.4,
        "nthread": 1,
        "verbosity": 0,
    }
    data = xgb.DMatrix(frame[FEATURES], frame["approved"], nthread=1)
    return xgb.train({**settings, **options}, data, 6)


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attribution")
    frame = table()
    frame.to_csv(folder / "rows.csv", index=False)
    frame.to_parquet(folder / "rows.parquet", index=False)
    train(frame).save_model(folder / "model.ubj")
    return folder


def request(places, **changes) -> EvaluationRequest:
    plain = EvaluationRequest(
        data_path=places / "rows.csv",
        model_path=places / "model.ubj",
        roles=ColumnRoles(groups=("race",)),
        parameters={"background_rows": 20},
        seed=7,
    )
    return dataclasses.replace(plain, **changes)


def run(asked: EvaluationRequest):
    return get("attribution.shap").run(asked)


@pytest.fixture(scope="module")
def made(places):
    """The interventional game with seed 7."""
    return run(request(places))


def quick(places, **parameters) -> EvaluationRequest:
    """The path-dependent game, which starts faster, for what does not depend on the game."""
    return request(places, parameters={"game": "path-dependent", **parameters})


def refusal(asked: EvaluationRequest) -> str:
    with pytest.raises(BadInput) as caught:
        run(asked)
    return str(caught.value)


def value_of(made, key):
    return next(m.outcome.value for m in made.metrics if m.metric == key)


def by_enumeration(booster, row, background):
    """Shapley values from their definition: all coalitions, absent features from the background."""
    count = len(row)

    @functools.cache
    def worth(coalition):
        mixed = background.copy()
        mixed[:, list(coalition)] = row[list(coalition)]
        frame = xgb.DMatrix(mixed, feature_names=FEATURES, nthread=1)
        return float(booster.predict(frame, output_margin=True).astype(np.float64).mean())

    values = np.zeros(count)
    for feature in range(count):
        others = [other for other in range(count) if other != feature]
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for coalition in itertools.combinations(others, size):
                values[feature] += weight * (
                    worth(frozenset({*coalition, feature})) - worth(frozenset(coalition))
                )
    return values, worth(frozenset())


def test_values_equal_enumeration_of_all_coalitions(places):
    frame = table()
    rows = frame[FEATURES].to_numpy(np.float32)
    model = open_model(places / "model.ubj")
    backgrounds = np.stack([rows[40:48], rows[60:68]])
    found = contributions(model, rows[:6], backgrounds, game="interventional")
    booster = xgb.Booster({"nthread": 1}, model_file=str(places / "model.ubj"))
    for row in range(6):
        for values, background in ((found.values, rows[40:48]), (found.again, rows[60:68])):
            expected, base = by_enumeration(booster, rows[row], background)
            assert values[row] == pytest.approx(expected, abs=1e-4)
            if values is found.values:
                assert found.base == pytest.approx(base, abs=1e-4)


def test_attributions_add_up_on_every_row_in_both_games(places, made):
    for report in (made, run(quick(places))):
        assert value_of(report, "additivity_failures") == 0
        assert value_of(report, "additivity_max_error") < 1e-4
        rows = next(m.outcome.n for m in report.metrics if m.metric == "additivity_failures")
        assert rows == ROWS


def test_the_same_request_gives_the_same_digest(places, made):
    first, again = as_json(made), as_json(run(request(places)))
    assert result_digest(first) == result_digest(again)
    json.dumps(first, allow_nan=False)


def test_parquet_and_csv_give_the_same_numbers(places):
    asked = quick(places)
    first, other = run(asked), run(dataclasses.replace(asked, data_path=places / "rows.parquet"))
    assert first.metrics == other.metrics
    assert first.inputs["data"] != other.inputs["data"]
    assert first.inputs["model"] == other.inputs["model"]


def test_another_seed_draws_another_background_and_says_so(places, made):
    other = run(request(places, seed=8))

    def background(report):
        return next(d.value for d in report.diagnostics if d.key == "background")

    assert background(made) != background(other)
    assert made.metrics != other.metrics


def test_rows_are_drawn_and_asked_cases_are_among_them(places):
    made = run(quick(places, rows=30, cases="120, 1"))
    cases = next(t for t in made.tables if t.key == "cases")
    assert list(dict.fromkeys(row[0] for row in cases.rows)) == [120, 1]
    shown = {row[2]: row[3] for row in cases.rows if row[0] == 120}
    frame = table()
    assert shown["income"] == pytest.approx(frame["income"].iloc[119], rel=1e-6)
    assert "A119" not in json.dumps(as_json(made))


def test_progress_tells_stages_in_order(places):
    seen = []

    def watch(stage, done, total):
        seen.append((stage, done / total))

    run(dataclasses.replace(quick(places), progress=watch))
    assert list(dict.fromkeys(stage for stage, _ in seen)) == ["loading", "computing", "drawing"]
    shares = [share for _, share in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_features_that_are_not_in_the_data_are_named(places, tmp_path):
    table().drop(columns=["debt", "years"]).to_csv(tmp_path / "rows.csv", index=False)
    message = refusal(request(places, data_path=tmp_path / "rows.csv"))
    assert message.startswith(
        "The model's features are not all in the data; missing: 'debt', 'years'."
    )


def test_text_where_the_model_takes_numbers_is_named_with_its_row(places, tmp_path):
    frame = table().astype({"years": object})
    frame.loc[4, "years"] = "many"
    frame.to_csv(tmp_path / "rows.csv", index=False)
    message = refusal(request(places, data_path=tmp_path / "rows.csv"))
    assert "Column 'years' holds something that is not a number in row 5." in message


def test_a_missing_group_column_is_named(places):
    assert "no column 'sex'" in refusal(request(places, roles=ColumnRoles(groups=("sex",))))


@pytest.mark.parametrize(
    ("cases", "said"),
    [("121", "There is no row 121; the data has 120 rows"), ("one", "Cases must be row numbers")],
)
def test_cases_that_do_not_exist_are_refused(places, cases, said):
    assert said in refusal(request(places, parameters={"cases": cases}))


def test_a_request_without_a_model_says_so(places):
    assert "explains a model, and none was named" in refusal(request(places, model_path=None))


def test_a_pickle_named_json_is_refused(places, tmp_path):
    path = tmp_path / "model.json"
    path.write_bytes(pickle.dumps({"trees": 3}))
    assert "is a Python pickle" in refusal(request(places, model_path=path))


def test_models_that_cannot_be_explained_exactly_are_refused(places, tmp_path):
    frame = table()
    linear, many = tmp_path / "linear.ubj", tmp_path / "many.ubj"
    train(frame, booster="gblinear").save_model(linear)
    train(frame, objective="multi:softprob", num_class=3).save_model(many)
    assert "booster is gblinear" in refusal(request(places, model_path=linear))
    assert "returns 3 numbers per row" in refusal(request(places, model_path=many))


def test_weights_are_refused_and_not_ignored(places):
    roles = ColumnRoles(weight="income")
    assert "The weight column 'income' was refused" in refusal(request(places, roles=roles))
