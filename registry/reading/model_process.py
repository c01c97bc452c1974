"""Reads one XGBoost model inside a confined process: `python -I -m registry.reading.model_process`.

It is given JSON or UBJSON only, told by content before. Nothing in those formats is code; the
confinement is for flaws of the parser: endless loops, stack overflow, memory.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from registry.reading.sandbox import confine, say

_MOST_FEATURES = 10_000
_LONGEST_NAME = 200


def main() -> None:
    """Read the request, confine this process, load the model, answer with its signature."""
    request = json.load(sys.stdin)
    confine(request["limits"])
    say({"answer": _read(request["path"])})


def _read(path: str) -> dict[str, Any]:
    import numpy as np
    import xgboost as xgb

    xgb.set_config(verbosity=0)
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - bytes go to the parser, not a name
            content = bytearray(stream.read())
        booster = xgb.Booster({"nthread": 1})
        booster.load_model(content)
        names = list(booster.feature_names or [])
        problem = _problem(names)
        if problem:
            return {"problem": problem}
        record = _describe(booster, names)
        probe = np.zeros((2, len(names)), dtype=np.float32)
        probe[1] = np.nan
        frame = xgb.DMatrix(probe, feature_names=names, feature_types=booster.feature_types)
        record["outputs"] = int(
            np.atleast_2d(booster.predict(frame, output_margin=True).T).shape[0]
        )
    except (xgb.core.XGBoostError, ValueError, KeyError, TypeError) as error:
        return {"problem": "unreadable", "detail": str(error)[:500]}
    return record


def _problem(names: list[str]) -> str:
    if not names:
        return "nameless"
    if len(names) > _MOST_FEATURES:
        return "too many features"
    if any(not name or len(name) > _LONGEST_NAME or not name.isprintable() for name in names):
        return "odd names"
    return "" if len(set(names)) == len(names) else "repeated names"


def _describe(booster: Any, names: list[str]) -> dict[str, Any]:
    learner = json.loads(booster.save_config())["learner"]
    base = json.loads(str(learner["learner_model_param"]["base_score"]))
    return {
        "feature_names": names,
        "feature_types": list(booster.feature_types or []),
        "objective": str(learner["objective"]["name"]),
        "booster": str(learner["learner_train_param"]["booster"]),
        "base_score": [float(value) for value in (base if isinstance(base, list) else [base])],
        "trees": len(booster.get_dump()),
    }


if __name__ == "__main__":
    main()
