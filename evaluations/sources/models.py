"""Runs an uploaded model for attribution: in a confined process, after its signature was read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.inputs import BadInput
from registry.reading.errors import RefusedFile
from registry.reading.models import ModelSignature, read_signature
from registry.reading.sandbox import GIB, Limits, Stopped, run_confined
from registry.reading.tabular import digest

type Matrix = NDArray[np.float32]

ROWS_COMPARED = 200
"""Rows whose attributions are computed a second time with another background."""

_COMPUTING = Limits(
    memory_bytes=8 * GIB,
    cpu_seconds=1_800,
    wall_seconds=2_400,
    file_bytes=2 * GIB,
    open_files=128,
)
_STOPPED = {
    "time": "Explaining the model took too long and was stopped. Explain fewer rows, or take fewer "
    "background rows.",
    "memory": "Explaining the model needs more memory than allowed and was stopped. Explain fewer "
    "rows.",
    "crash": "The model stopped the process that explained it. Save it again with "
    "`booster.save_model('model.ubj')` and upload that.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model whose signature was read. digest: SHA-256 (hex) of its bytes."""

    path: Path
    signature: ModelSignature
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """Shapley values of one model. values: (rows, features); margins: the raw output per row.

    base: the output against which values count. again: values of the first rows under a second
    background; no rows in the path-dependent game.
    """

    values: NDArray[np.float64]
    base: float
    margins: NDArray[np.float64]
    again: NDArray[np.float64]


def open_model(path: Path) -> Model:
    """Read the signature and the digest; BadInput with a sentence if the file is no usable model."""
    try:
        sha256 = digest(path)
        signature = _signature(path, sha256)
    except RefusedFile as refused:
        raise BadInput(str(refused)) from refused
    except OSError as error:
        message = f"The model {path.name} could not be read: {error.strerror}."
        raise BadInput(message) from error
    return Model(path=path, signature=signature, digest=sha256)


@lru_cache(maxsize=64)
def _signature(path: Path, sha256: str) -> ModelSignature:
    """Read once per content: the signature depends on the bytes alone, and reading costs seconds."""
    return read_signature(path)


def require_explainable(signature: ModelSignature) -> None:
    """Raise BadInput for a model that SHAP for trees cannot explain exactly."""
    if signature.booster != "gbtree":
        message = (
            f"This model's booster is {signature.booster}; attribution explains plain trees "
            "(gbtree). Train it with booster='gbtree'."
        )
        raise BadInput(message)
    if signature.outputs != 1:
        message = (
            f"This model returns {signature.outputs} numbers per row; attribution explains models "
            "with one. Train one model for each class or target."
        )
        raise BadInput(message)
    if "c" in signature.feature_types:
        name = signature.feature_names[signature.feature_types.index("c")]
        message = (
            f"The feature {name!r} is categorical inside the model, which attribution does not "
            "explain. Encode it as numbers before training."
        )
        raise BadInput(message)


def contributions(
    model: Model,
    rows: Matrix,
    backgrounds: Matrix,
    *,
    game: str,
    scratch_dir: Path | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Contributions:
    """Compute Shapley values of every row in a confined process.

    rows: (rows, features) in the model's order, NaN where missing. backgrounds: (2, background
    rows, features). game: "interventional" or "path-dependent".
    """
    with tempfile.TemporaryDirectory(dir=scratch_dir, prefix="attribution-") as folder:
        given, out = Path(folder) / "rows.npz", Path(folder) / "values.npz"
        np.savez(given, rows=rows, backgrounds=backgrounds)
        request = {
            "model": str(model.path.resolve()),
            "rows": str(given.resolve()),
            "out": str(out.resolve()),
            "game": game,
            "rows_compared": ROWS_COMPARED,
        }
        try:
            run_confined(
                "evaluations.sources.attribution_process",
                request,
                limits=_COMPUTING,
                on_progress=on_progress,
            )
        except Stopped as stopped:
            raise BadInput(_STOPPED[stopped.why]) from stopped
        return _read(out, rows.shape)


def _read(out: Path, shape: tuple[int, ...]) -> Contributions:
    with np.load(out, allow_pickle=False) as stored:
        found = Contributions(
            values=stored["values"],
            base=float(stored["base"]),
            margins=stored["margins"],
            again=stored["again"],
        )
    finite = all(np.isfinite(part).all() for part in (found.values, found.margins, found.again))
    if found.values.shape != shape or found.margins.shape != shape[:1] or not finite:
        message = (
            "The model gave outputs that are not finite numbers, so nothing can be explained. "
            "Train it again and check its base score and leaf values."
        )
        raise BadInput(message)
    return found
