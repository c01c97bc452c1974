"""Level of a risk from likelihood and severity, by the matrix of the policy."""

from __future__ import annotations

from dataclasses import dataclass

from assessments.rules.policy_data import RiskLevel, RiskMatrix

VERSION = "1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the heat map. over: above the appetite."""

    likelihood: int
    severity: int
    likelihood_label: str
    severity_label: str
    product: int
    level: RiskLevel
    over: bool


def level(matrix: RiskMatrix, *, likelihood: int, severity: int) -> RiskLevel:
    """Return the level of likelihood × severity: the highest whose bound the product reaches.

    Both run from 1 to the size of their scale; anything else raises ValueError, since a rating
    that cannot be read must not come out as low.
    """
    for name, value, scale in (
        ("likelihood", likelihood, matrix.likelihood),
        ("severity", severity, matrix.severity),
    ):
        if not 1 <= value <= len(scale):
            message = f"The {name} {value} is not on the scale from 1 to {len(scale)}."
            raise ValueError(message)
    product = likelihood * severity
    return next(item for item in matrix.levels if product >= item.at_least)


def by_key(matrix: RiskMatrix, key: str) -> RiskLevel:
    """Return the level with that key; raise ValueError where there is none."""
    found = next((item for item in matrix.levels if item.key == key), None)
    if found is None:
        message = f"There is no risk level “{key}” in this policy."
        raise ValueError(message)
    return found


def over_appetite(matrix: RiskMatrix, risk_level: RiskLevel) -> bool:
    """Return whether the level lies above the appetite; the appetite itself is within."""
    return risk_level.at_least > by_key(matrix, matrix.appetite).at_least


def cells(matrix: RiskMatrix) -> tuple[tuple[Cell, ...], ...]:
    """Return the heat map as rows: likelihood from the highest down, severity rising."""
    return tuple(
        tuple(
            Cell(
                likelihood=row.value,
                severity=column.value,
                likelihood_label=row.label,
                severity_label=column.label,
                product=row.value * column.value,
                level=(found := level(matrix, likelihood=row.value, severity=column.value)),
                over=over_appetite(matrix, found),
            )
            for column in matrix.severity
        )
        for row in reversed(matrix.likelihood)
    )
