"""Computes Shapley values inside a confined process.

`python -I -m evaluations.sources.attribution_process`: the request names a model (XGBoost JSON or
UBJ, signature checked before) and an `.npz` of rows; the answer is written as an `.npz` of numbers.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from registry.reading.sandbox import confine, say

CHUNK = 250


def main() -> None:
    """Read the request, confine this process, compute, say where the answer lies."""
    request = json.load(sys.stdin)
    confine(request["limits"])
    say({"answer": _compute(request)})


def _compute(request: dict[str, Any]) -> dict[str, Any]:
    import numpy as np
    import xgboost as xgb

    xgb.set_config(verbosity=0)
    with open(request["model"], "rb") as stream:  # noqa: PTH123 - bytes go to the parser, not a name
        content = bytearray(stream.read())
    booster = xgb.Booster({"nthread": 1})
    booster.load_model(content)
    booster.set_param({"nthread": 1})
    with np.load(request["rows"], allow_pickle=False) as stored:
        rows, backgrounds = stored["rows"], stored["backgrounds"]
    margins = booster.predict(_frame(booster, rows), output_margin=True)
    if request["game"] == "path-dependent":
        values, base = _path_dependent(booster, rows)
        again = np.empty((0, rows.shape[1]))
    else:
        values, base = _interventional(booster, rows, backgrounds[0], from_share=0.0, to_share=0.8)
        some = rows[: request["rows_compared"]]
        again, _ = _interventional(booster, some, backgrounds[1], from_share=0.8, to_share=1.0)
    np.savez(
        request["out"],
        values=values.astype(np.float64),
        again=again.astype(np.float64),
        base=np.float64(base),
        margins=margins.astype(np.float64),
    )
    return {"rows": int(values.shape[0])}


def _frame(booster: Any, rows: Any) -> Any:
    import xgboost as xgb

    return xgb.DMatrix(
        rows, feature_names=booster.feature_names, feature_types=booster.feature_types, nthread=1
    )


def _path_dependent(booster: Any, rows: Any) -> tuple[Any, float]:
    import numpy as np

    parts = []
    for start in range(0, len(rows), CHUNK):
        frame = _frame(booster, rows[start : start + CHUNK])
        parts.append(booster.predict(frame, pred_contribs=True))
        say({"progress": min(1.0, (start + CHUNK) / len(rows))})
    whole = np.concatenate(parts)
    return whole[:, :-1], float(whole[0, -1])


def _interventional(
    booster: Any, rows: Any, background: Any, *, from_share: float, to_share: float
) -> tuple[Any, float]:
    import numpy as np
    import shap

    explainer = shap.TreeExplainer(
        booster,
        data=background.astype(np.float64),
        feature_perturbation="interventional",
        model_output="raw",
    )
    parts = []
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK].astype(np.float64)
        parts.append(explainer.shap_values(chunk, check_additivity=False))
        share = min(1.0, (start + CHUNK) / len(rows))
        say({"progress": from_share + share * (to_share - from_share)})
    return np.concatenate(parts), float(np.ravel(explainer.expected_value)[0])


if __name__ == "__main__":
    main()
