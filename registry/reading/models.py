"""The signature of an uploaded model: what goes in and out, read without trusting the file.

Only XGBoost's JSON and UBJSON are taken. A pickle runs code when it is opened, whatever its name
says, and is refused by its first bytes; so is everything else, with the way out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.reading.content import HEAD_BYTES, Content, tell
from registry.reading.errors import RefusedFile
from registry.reading.sandbox import Limits, Stopped, run_confined

FORMATS = {"json": "xgboost-json", "ubj": "xgboost-ubj"}
WAY_OUT = "Save the model with `booster.save_model('model.ubj')` and upload that."

_READING = Limits(memory_bytes=4 * 1024**3, cpu_seconds=60, wall_seconds=90)
_PROBLEMS = {
    "nameless": (
        "This model carries no feature names, so its inputs cannot be matched to columns. Nothing "
        "was kept. Train it on a table with named columns, save it again and upload that."
    ),
    "too many features": (
        "This model has more than 10,000 features, more than the portal explains. Nothing was "
        "kept. Upload a model with fewer features."
    ),
    "odd names": (
        "This model has feature names that are empty, longer than 200 characters or hold control "
        "characters. Nothing was kept. Rename its features, save it again and upload that."
    ),
    "repeated names": (
        "This model names two of its features alike. Nothing was kept. Give each feature a name of "
        "its own, save the model again and upload that."
    ),
}
_STOPPED = {
    "time": "Reading this model took longer than {seconds:.0f} seconds and was stopped.",
    "memory": "Reading this model needs more than {memory:.0f} GiB of memory and was stopped.",
    "crash": "The reader stopped at this file: it is damaged or not an XGBoost model.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSignature:
    """What a model says of itself. feature_types is empty when the model carries none.

    outputs: numbers it returns per row (1 for a binary classifier). base_score: as stored, on the
    scale of the prediction. library_version: the XGBoost that wrote the file, "" if not recorded.
    """

    format: str
    feature_names: tuple[str, ...]
    feature_types: tuple[str, ...]
    objective: str
    booster: str
    outputs: int
    trees: int
    base_score: tuple[float, ...]
    library_version: str

    def as_json(self) -> dict[str, Any]:
        """Return plain values for storage."""
        return {
            "format": self.format,
            "feature_names": list(self.feature_names),
            "feature_types": list(self.feature_types),
            "objective": self.objective,
            "booster": self.booster,
            "outputs": self.outputs,
            "trees": self.trees,
            "base_score": list(self.base_score),
            "library_version": self.library_version,
        }


def tell_model_format(path: Path) -> str:
    """Return "xgboost-json" or "xgboost-ubj" by content, or raise RefusedFile."""
    with path.open("rb") as stream:
        content = tell(stream.read(HEAD_BYTES))
    if content.kind not in FORMATS:
        raise RefusedFile(_refusal(content))
    return FORMATS[content.kind]


def _refusal(content: Content) -> str:
    if content.kind == "empty":
        return f"This file is empty. Nothing was kept. {WAY_OUT}"
    if content.kind == "pickle":
        return (
            f"This file is {content.name}, which can run code when opened. Nothing was kept. "
            f"{WAY_OUT}"
        )
    return (
        f"This file is {content.name}; models are taken as XGBoost JSON or UBJ only. Nothing was "
        f"kept. {WAY_OUT}"
    )


def read_signature(path: Path, *, limits: Limits = _READING) -> ModelSignature:
    """Read the signature of an XGBoost model in a confined process.

    Raises RefusedFile with a sentence for a person: wrong kind, damaged, too large, too slow.
    """
    size = path.stat().st_size
    if size > limits.input_bytes:
        message = (
            f"This model is {size / 1024**2:,.0f} MiB; the limit is "
            f"{limits.input_bytes / 1024**2:,.0f} MiB. Nothing was kept. Upload a smaller model."
        )
        raise RefusedFile(message)
    kind = tell_model_format(path)
    try:
        answer = run_confined(
            "registry.reading.model_process", {"path": str(path.resolve())}, limits=limits
        )
    except Stopped as stopped:
        first = _STOPPED[stopped.why].format(
            seconds=limits.wall_seconds, memory=limits.memory_bytes / 1024**3
        )
        message = f"{first} Nothing was kept. {WAY_OUT}"
        raise RefusedFile(message, detail=stopped.detail) from stopped
    if "problem" in answer:
        raise RefusedFile(_sentence(answer, kind), detail=str(answer.get("detail", "")))
    return _signature(answer, kind, path)


def _sentence(answer: Mapping[str, Any], kind: str) -> str:
    written = "JSON" if kind == "xgboost-json" else "UBJ"
    unreadable = (
        f"This file is not a whole XGBoost {written} model: it is cut short, damaged or made by "
        f"something else. Nothing was kept. {WAY_OUT}"
    )
    return _PROBLEMS.get(str(answer["problem"]), unreadable)


def _signature(answer: Mapping[str, Any], kind: str, path: Path) -> ModelSignature:
    return ModelSignature(
        format=kind,
        feature_names=tuple(answer["feature_names"]),
        feature_types=tuple(answer["feature_types"]),
        objective=str(answer["objective"]),
        booster=str(answer["booster"]),
        outputs=int(answer["outputs"]),
        trees=int(answer["trees"]),
        base_score=tuple(answer["base_score"]),
        library_version=_written_by(path, kind),
    )


def _written_by(path: Path, kind: str) -> str:
    """The version stands at the end of the file, after the learner; XGBoost has no call for it."""
    with path.open("rb") as stream:
        stream.seek(max(path.stat().st_size - 256, 0))
        tail = stream.read()
    if kind == "xgboost-json":
        found = re.search(rb'"version"\s*:\s*(\[[\d,\s]+\])\s*\}\s*\Z', tail)
        return ".".join(str(part) for part in json.loads(found.group(1))) if found else ""
    _, marker, rest = tail.rpartition(b"version")
    numbers = re.findall(rb"[iU](.)", rest, re.DOTALL) if marker else []
    return ".".join(str(number[0]) for number in numbers[-3:])
