"""Brings rows and model to `attribution.shap`: draws, reads, has the model explained, reports."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evaluations.methods.attribution.explained import (
    Case,
    Explained,
    GroupColumn,
    cut_off_margin,
    default_cases,
)
from evaluations.methods.attribution.report import report
from evaluations.methods.attribution.spec import ShapParameters
from evaluations.methods.inputs import NOT_RECORDED, BadInput, ColumnRoles, EvaluationRequest
from evaluations.methods.results import MethodReport
from evaluations.sources.binned import group_sql
from evaluations.sources.files import DataFile, OpenFile, inspect, opened
from evaluations.sources.models import Model, contributions, open_model, require_explainable
from registry.reading.values import quoted

type Numbers = NDArray[np.int64]
type Matrix = NDArray[np.float32]

_MOST_CASES = 10
_STEPS = 100


def explain_by_shap(request: EvaluationRequest) -> MethodReport:
    """Run `attribution.shap`: BadInput with a sentence if data and model do not fit."""
    parameters = ShapParameters(**request.parameters)
    if request.model_path is None:
        message = "attribution.shap explains a model, and none was named."
        raise BadInput(message, option="--model FILE")
    _refuse_unused_roles(request)
    request.progress("loading", 0, _STEPS)
    file = inspect(request.data_path)
    file.require(request.roles.groups)
    model = open_model(request.model_path)
    require_explainable(model.signature)
    _require_features(model, file)
    with opened(file, request.scratch_dir) as source:
        gathered = _Gathered(source, model, request, parameters)
    request.progress("computing", 10, _STEPS)
    found = contributions(
        model,
        gathered.rows,
        gathered.backgrounds,
        game=parameters.game,
        scratch_dir=request.scratch_dir,
        on_progress=lambda share: request.progress("computing", 10 + int(75 * share), _STEPS),
    )
    request.progress("drawing", 88, _STEPS)
    named = gathered.cases
    margin = cut_off_margin(model.signature.objective, parameters.cut_off)
    explained = Explained(
        features=model.signature.feature_names,
        row_numbers=gathered.numbers,
        inputs=gathered.rows.astype(np.float64),
        values=found.values,
        base=found.base,
        margins=found.margins,
        again=found.again,
        groups=gathered.groups,
        objective=model.signature.objective,
        rows_total=gathered.total,
        background_rows=gathered.backgrounds.shape[1],
        background_digest=gathered.background_digest,
        cases=named or default_cases(found.margins, margin),
        parameters=parameters,
        seed=request.seed,
        inputs_digests=(("data", file.digest), ("model", model.digest)),
    )
    made = report(explained)
    request.progress("drawing", _STEPS, _STEPS)
    return made


def _refuse_unused_roles(request: EvaluationRequest) -> None:
    for role, column in (("weight", request.roles.weight), ("cluster", request.roles.cluster)):
        if column is not None:
            message = (
                f"The {role} column {column!r} was refused: this version of attribution takes "
                "every row once and as independent, and would ignore it. Leave it out to go on."
            )
            raise BadInput(message)


def _require_features(model: Model, file: DataFile) -> None:
    missing = [name for name in model.signature.feature_names if name not in file.columns]
    if missing:
        listed = ", ".join(repr(name) for name in missing[:10])
        more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
        message = (
            f"The model's features are not all in the data; missing: {listed}{more}. "
            "Add these columns to the data, or choose the data the model was trained on."
        )
        raise BadInput(message)


class _Gathered:
    """The rows drawn from the data by the seed, and what goes with them."""

    def __init__(
        self,
        source: OpenFile,
        model: Model,
        request: EvaluationRequest,
        parameters: ShapParameters,
    ) -> None:
        self.total = _count(source)
        features = model.signature.feature_names
        asked = _case_numbers(parameters.cases, self.total)
        self.numbers = _draw_rows(self.total, parameters.rows, asked, request.seed)
        drawn = [_draw(self.total, parameters.background_rows, request.seed, n) for n in (2, 3)]
        wanted = np.unique(np.concatenate([self.numbers, *drawn]))
        table = _read_features(source, features, wanted)
        self.rows = table[np.searchsorted(wanted, self.numbers)]
        self.backgrounds = np.stack([table[np.searchsorted(wanted, rows)] for rows in drawn])
        self.background_digest = _digest(self.backgrounds[0], features)
        self.groups = tuple(
            GroupColumn(name=name, members=_read_group(source, name, request.roles, self.numbers))
            for name in request.roles.groups
        )
        places = np.searchsorted(self.numbers, np.array(asked, dtype=np.int64))
        self.cases = tuple(Case(position=int(place), why="asked for") for place in places)


def _count(source: OpenFile) -> int:
    total = int(str(source.rows(f"SELECT count(*) FROM {source.relation}")[0][0]))  # noqa: S608 - quoted
    if total < 2:
        message = f"The data has {total} rows; attribution needs at least 2."
        raise BadInput(message)
    return total


def _case_numbers(text: str, total: int) -> tuple[int, ...]:
    """Row numbers from 1, each once, in the order asked."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in parts):
        message = f"Cases must be row numbers with commas between, such as 12, 51; got {text!r}."
        raise BadInput(message)
    numbers = tuple(dict.fromkeys(int(part) for part in parts))
    outside = [number for number in numbers if not 1 <= number <= total]
    if outside:
        message = f"There is no row {outside[0]:,}; the data has {total:,} rows, counted from 1."
        raise BadInput(message)
    if len(numbers) > _MOST_CASES:
        message = f"At most {_MOST_CASES} cases are shown at once; got {len(numbers)}."
        raise BadInput(message)
    return numbers


def _draw(total: int, size: int, seed: int, stream: int) -> Numbers:
    """Row numbers from 1, sorted, drawn without replacement; all rows if there are no more."""
    if size >= total:
        return np.arange(1, total + 1, dtype=np.int64)
    rng = np.random.default_rng([seed, stream])
    return np.sort(rng.choice(total, size=size, replace=False)).astype(np.int64) + 1


def _draw_rows(total: int, size: int, asked: Sequence[int], seed: int) -> Numbers:
    """The explained rows: a draw, with the rows asked for among them."""
    drawn = _draw(total, size, seed, 1)
    return np.union1d(drawn, np.array(asked, dtype=np.int64)) if asked else drawn


def _numbered(source: OpenFile, columns: str, wanted: Numbers) -> str:
    """SQL for `columns` of the wanted rows, in the order of the file."""
    source.connection.register("wanted_rows", pa.table({"number": wanted}))
    return (
        f"SELECT {columns} FROM (SELECT *, row_number() OVER () AS row_in_file "  # noqa: S608 - quoted
        f"FROM {source.relation}) JOIN wanted_rows ON row_in_file = wanted_rows.number "
        "ORDER BY row_in_file"
    )


def _read_features(source: OpenFile, features: Sequence[str], wanted: Numbers) -> Matrix:
    """Numbers of the wanted rows in single precision, as the trees compare them; NaN: missing."""
    columns = ", ".join(
        f"TRY_CAST({quoted(name)} AS DOUBLE) AS v{i}, "
        f"({quoted(name)} IS NOT NULL AND TRY_CAST({quoted(name)} AS DOUBLE) IS NULL) AS b{i}"
        for i, name in enumerate(features)
    )
    found = _columns(source, _numbered(source, columns, wanted))
    table = np.empty((len(wanted), len(features)), dtype=np.float32)
    for i, name in enumerate(features):
        bad = np.ma.filled(found[f"b{i}"], fill_value=False)
        if bad.any():
            number = int(wanted[int(np.argmax(bad))])
            message = (
                f"Column {name!r} holds something that is not a number in row {number:,}. The "
                "model takes numbers: encode the column as it was for training."
            )
            raise BadInput(message)
        values = np.ma.filled(np.ma.asarray(found[f"v{i}"], dtype=np.float64), np.nan)
        with np.errstate(over="ignore"):
            table[:, i] = np.where(np.isfinite(values), values, np.nan)
    return table


def _columns(source: OpenFile, query: str) -> dict[str, NDArray[np.generic]]:
    return dict(source.connection.execute(query).fetchnumpy())


def _read_group(
    source: OpenFile, name: str, roles: ColumnRoles, wanted: Numbers
) -> NDArray[np.str_]:
    rows = source.rows(_numbered(source, group_sql(source, name, roles), wanted))
    return np.array(
        [NOT_RECORDED if row[0] is None else str(row[0]) for row in rows], dtype=np.str_
    )


def _digest(background: Matrix, features: Sequence[str]) -> str:
    """SHA-256 over the names and the numbers (little-endian single precision, row by row)."""
    record = hashlib.sha256("\0".join(features).encode())
    record.update(np.ascontiguousarray(background, dtype="<f4").tobytes())
    return record.hexdigest()
