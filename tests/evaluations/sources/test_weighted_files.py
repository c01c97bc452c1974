"""Weights and clusters read from files: what is counted, what is left out, what is refused."""

import numpy as np
import pandas as pd
import pytest

from evaluations.execute import evaluate_file
from evaluations.methods.inputs import BadInput, ColumnRoles
from evaluations.methods.results import as_json, result_digest
from evaluations.sources.tabular_cells import read_inputs
from tests.evaluations.methods.fairness.rows import report_on

ROLES = ColumnRoles(
    label="label", prediction="p", score="score", groups=("g",), weight="w", cluster="who"
)


@pytest.fixture
def rows():
    rng = np.random.default_rng(11)
    n = 900
    return pd.DataFrame(
        {
            "g": rng.choice(["a", "b"], n),
            "label": rng.integers(0, 2, n),
            "p": rng.integers(0, 2, n),
            "score": rng.random(n).round(3),
            "w": rng.uniform(0.1, 7.3, n).round(4),
            "who": rng.choice([f"person {i}" for i in range(70)], n),
        }
    )


def report_of(path, roles=ROLES):
    return evaluate_file("fairness.group_rates", path, roles)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_gives_what_its_rows_give(tmp_path, rows, kind):
    path = tmp_path / f"rows.{kind}"
    rows.to_csv(path, index=False) if kind == "csv" else rows.to_parquet(path)
    found: dict[tuple[str, str, str], dict[str, dict[str, float]]] = {}
    for name, report in (
        ("file", report_of(path)),
        (
            "rows",
            report_on(
                rows["g"],
                rows["label"],
                rows["p"],
                weight=rows["w"].to_numpy(),
                cluster=rows["who"],
                score=rows["score"],
            ),
        ),
    ):
        for item in as_json(report)["metrics"]:
            group = str([*(item["group"] or {}).values()])
            key = (item["metric"], group, str("by" in item))
            found.setdefault(key, {})[name] = item["estimate"]
    assert len(found) > 60
    for key, both in found.items():
        for part in ("value", "low", "high", "n", "design_effect"):
            one, two = (both[name].get(part, 0.0) for name in ("file", "rows"))
            assert one == pytest.approx(two, rel=1e-9, abs=1e-9), (key, part)


def test_the_order_of_rows_does_not_change_a_digit(tmp_path, rows):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    rows.to_csv(one, index=False)
    rows.sample(frac=1.0, random_state=1).to_csv(two, index=False)
    records = [as_json(report_of(path)) for path in (one, two)]
    for record in records:
        record["inputs"] = {}
    assert result_digest(records[0]) == result_digest(records[1])


def test_rows_without_weight_or_cluster_are_left_out_and_named(tmp_path, rows):
    rows["w"] = rows["w"].astype(object)
    rows.loc[:4, "w"] = ""
    rows.loc[5:7, "w"] = 0
    rows.loc[8:9, "who"] = None
    path = tmp_path / "rows.csv"
    rows.to_csv(path, index=False)
    report = report_of(path)
    assert [(dict(e.group), e.n, e.reason) for e in report.excluded] == [
        ({"w": "not recorded"}, 5, "no weight: not counted anywhere"),
        ({"w": "not recorded"}, 3, "a weight of 0: not counted anywhere"),
        ({"who": "not recorded"}, 2, "no value in the cluster: not counted anywhere"),
    ]
    whole = next(m for m in report.metrics if m.metric == "count" and m.group is None)
    assert whole.outcome.n == 890
    failed = {d.key for d in report.diagnostics if d.passed is False}
    assert failed == {
        "rows_left_out_no_weight",
        "rows_left_out_a_weight_of_0",
        "rows_left_out_no_value_in_the_cluster",
    }


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (["1", "-2"], "holds '-2'; a weight is a number of 0 or more"),
        (["1", "heavy"], "holds 'heavy'"),
        (["1", "nan"], "holds 'nan'"),
        (["0", "0"], "no weight above 0"),
        (["", ""], "no weight above 0"),
        (["1", "1e12"], "holds weights from 1 to 1e\\+12. The largest may be 10,000,000 times"),
        (["1", "1e18", "0"], "holds weights from 1 to 1e\\+18"),
        (["1e-320", "1e-320"], "none below 1e-100 or above 1e\\+100"),
        (["1e200", "2e200"], "none below 1e-100 or above 1e\\+100"),
    ],
)
def test_weights_that_are_none_are_refused_with_a_sentence(tmp_path, weights, said):
    path = tmp_path / "rows.csv"
    lines = [f"a,{place % 2},{weight}" for place, weight in enumerate(weights)]
    path.write_text("g,p,w\n" + "\n".join(lines) + "\n")
    with pytest.raises(BadInput, match=said):
        read_inputs(path, ColumnRoles(prediction="p", groups=("g",), weight="w"))


def test_columns_named_like_the_parts_of_a_query_are_only_columns(tmp_path, rows):
    path = tmp_path / "rows.csv"
    names = {"g": "code", "p": "cell", "score": "k0", "w": "weight", "who": "cluster"}
    rows.rename(columns=names).to_csv(path, index=False)
    roles = ColumnRoles(
        label="label",
        prediction="cell",
        score="k0",
        groups=("code",),
        weight="weight",
        cluster="cluster",
    )
    report = report_of(path, roles)
    assert next(m for m in report.metrics if m.metric == "auc").outcome.n == 900


def test_weights_as_far_apart_as_they_may_be_give_the_rates_of_a_sum_by_hand(tmp_path):
    # Ten million times 0.3 is 3,000,000. Group a: chosen weighs 0.3, not chosen 0.9: 1 of 4.
    # Group b: chosen weighs 3,000,000, not chosen 1,000,000: 3 of 4. A row of weight 0 is none.
    path = tmp_path / "rows.csv"
    path.write_text("g,p,w\na,1,0.3\na,0,0.9\nb,1,3000000\nb,0,1000000\nb,0,0\n")
    read = read_inputs(path, ColumnRoles(prediction="p", groups=("g",), weight="w"))
    assert read.design is not None
    weights = read.design.weights.sum(axis=1)[:, :2]
    found = {
        member: chosen / (chosen + passed)
        for (member,), (passed, chosen) in zip(read.cells.members, weights, strict=True)
    }
    assert found == pytest.approx({"a": 0.25, "b": 0.75}, rel=2**-24)
    assert read.design.left_out[1] == ("w", "a weight of 0", 1)
    squares = {m: s.sum() for (m,), s in zip(read.cells.members, read.design.squares, strict=True)}
    assert squares == pytest.approx({"a": 0.9, "b": 1e13}, rel=2**-23)
