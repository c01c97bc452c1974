"""What `attribution.shap` reports on: rows, their attributions and their groups, all in memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluations.methods.attribution.spec import ShapParameters

type Floats = NDArray[np.float64]

LOGISTIC = ("binary:logistic", "binary:logitraw", "reg:logistic")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupColumn:
    """Membership of each explained row; NOT_RECORDED where it is missing."""

    name: str
    members: NDArray[np.str_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Everything the report needs.

    features: names, in the model's order. row_numbers: of each explained row in the data, from 1.
    inputs: (rows, features), NaN where missing. values: Shapley values of the same shape. base:
    the output they count from. margins: the model's raw output per row. again: values of the first
    rows under a second background (no rows in the path-dependent game). rows_total: rows of the
    data. cases: positions among the explained rows to show one by one, with the reason.
    """

    features: tuple[str, ...]
    row_numbers: NDArray[np.int64]
    inputs: Floats
    values: Floats
    base: float
    margins: Floats
    again: Floats
    groups: tuple[GroupColumn, ...]
    objective: str
    rows_total: int
    background_rows: int
    background_digest: str
    cases: tuple[Case, ...]
    parameters: ShapParameters
    seed: int
    inputs_digests: tuple[tuple[str, str], ...]

    @property
    def rows(self) -> int:
        """Explained rows."""
        return len(self.row_numbers)

    @property
    def output_name(self) -> str:
        """The scale of base, attributions and output, in words."""
        return "log-odds" if self.objective in LOGISTIC else "the model's raw output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row shown by itself. position: its place among the explained rows."""

    position: int
    why: str


def cut_off_margin(objective: str, cut_off: float) -> float | None:
    """The cut-off on the scale of the output; None where a probability has no finite log-odds."""
    if objective not in LOGISTIC:
        return cut_off
    if not 0 < cut_off < 1:
        return None
    return math.log(cut_off / (1 - cut_off))


def default_cases(margins: Floats, margin: float | None) -> tuple[Case, ...]:
    """The row nearest the cut-off, the lowest and the highest; ties go to the first row."""
    chosen: dict[int, str] = {}
    if margin is not None:
        chosen[int(np.argmin(np.abs(margins - margin)))] = "nearest the cut-off"
    chosen.setdefault(int(np.argmin(margins)), "lowest output")
    chosen.setdefault(int(np.argmax(margins)), "highest output")
    return tuple(Case(position=position, why=why) for position, why in chosen.items())
