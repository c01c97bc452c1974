"""Uploaded models: told by content, read in a confined process, never run."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from registry.reading.errors import RefusedFile
from registry.reading.models import read_signature
from registry.reading.sandbox import Limits


@pytest.fixture(scope="module")
def booster() -> xgb.Booster:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(80, 3))
    data = xgb.DMatrix(rows, (rows[:, 0] > 0).astype(int), feature_names=["income", "debt", "age"])
    options = {"objective": "binary:logistic", "max_depth": 2, "nthread": 1, "base_score": 0.25}
    return xgb.train(options, data, 4)


def refusal(path: Path, **limits) -> str:
    with pytest.raises(RefusedFile) as caught:
        read_signature(path, limits=Limits(**limits))
    return str(caught.value)


@pytest.mark.parametrize(("suffix", "name"), [("json", "xgboost-json"), ("ubj", "xgboost-ubj")])
def test_a_whole_model_gives_its_signature_in_both_formats(tmp_path, booster, suffix, name):
    path = tmp_path / f"model.{suffix}"
    booster.save_model(path)
    signature = read_signature(path)
    assert signature.format == name
    assert signature.feature_names == ("income", "debt", "age")
    assert signature.objective == "binary:logistic"
    assert (signature.outputs, signature.trees, signature.booster) == (1, 4, "gbtree")
    assert signature.base_score == pytest.approx((0.25,))
    assert signature.library_version == xgb.__version__
    stored = json.loads(json.dumps(signature.as_json(), allow_nan=False))
    assert stored["feature_names"] == ["income", "debt", "age"]
    assert stored["base_score"] == pytest.approx([0.25])


def test_the_format_is_told_by_content_whatever_the_name_says(tmp_path, booster):
    right, wrong = tmp_path / "model.ubj", tmp_path / "model.json"
    booster.save_model(right)
    right.rename(wrong)
    assert read_signature(wrong).format == "xgboost-ubj"


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_named_json_is_refused_and_not_opened(tmp_path, protocol):
    target, path = tmp_path / "was-run", tmp_path / "model.json"
    path.write_bytes(pickle.dumps(Bomb(target), protocol=protocol))
    message = refusal(path)
    assert "is a Python pickle, which can run code when opened. Nothing was kept." in message
    assert "booster.save_model('model.ubj')" in message
    assert not target.exists()


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"\x78\x9c\xed\xbd", "compressed joblib pickle"),
        (b"PK\x03\x04....", "zip archive"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x08\x07\x12\x07pytorch", "ONNX"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PAR1....", "Parquet"),
        (b"binf\x00\x00", "old binary form"),
        (b"tree\nversion=v4\n", "LightGBM"),
        (b"", "empty"),
        (b"hello, world", "of a kind this portal does not know"),
    ],
)
def test_other_kinds_are_named_and_the_way_out_is_given(tmp_path, head, said):
    path = tmp_path / "model.json"
    path.write_bytes(head)
    message = refusal(path)
    assert said in message
    assert "Nothing was kept." in message
    assert "booster.save_model('model.ubj')" in message


@pytest.mark.parametrize("suffix", ["json", "ubj"])
def test_a_truncated_model_is_refused(tmp_path, booster, suffix):
    path = tmp_path / f"model.{suffix}"
    booster.save_model(path)
    path.write_bytes(path.read_bytes()[:-200])
    assert "cut short, damaged or made by something else" in refusal(path)


def test_json_that_is_no_model_is_refused(tmp_path):
    path = tmp_path / "model.json"
    path.write_text('{"learner": {"weights": [1, 2, 3]}}')
    assert "is not a whole XGBoost JSON model" in refusal(path)


def test_json_nested_two_million_deep_stops_the_reader_and_not_the_portal(tmp_path):
    path = tmp_path / "model.json"
    path.write_text('{"a":' + "[" * 2_000_000)
    message = refusal(path)
    assert "damaged" in message
    assert "Nothing was kept." in message


def test_a_model_above_the_limit_is_not_looked_at(tmp_path):
    path = tmp_path / "model.json"
    with path.open("wb") as stream:
        stream.truncate(3 * 1024**2)
    message = refusal(path, input_bytes=2 * 1024**2)
    assert message.startswith("This model is 3 MiB; the limit is 2 MiB.")


def test_a_reader_that_takes_too_long_is_stopped(tmp_path, booster):
    path = tmp_path / "model.ubj"
    booster.save_model(path)
    assert "took longer than 0 seconds and was stopped" in refusal(path, wall_seconds=0.1)


def test_a_model_that_asks_for_more_memory_than_allowed_is_refused(tmp_path, booster):
    path = tmp_path / "model.json"
    booster.save_model(path)
    with path.open("r+b") as stream:
        stream.truncate(500 * 1024**2)
    message = refusal(path, memory_bytes=1024**3)
    assert message.startswith("Reading this model needs more than 1 GiB of memory")


def test_a_model_without_feature_names_is_refused_with_the_way_out(tmp_path):
    path = tmp_path / "model.json"
    rows = np.eye(4)
    xgb.train({"nthread": 1}, xgb.DMatrix(rows, rows[0]), 1).save_model(path)
    assert "carries no feature names" in refusal(path)
