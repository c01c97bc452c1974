"""Risk levels on the 5 × 5 matrix of policy 1."""

import pytest

from assessments.rules.risk_matrix import by_key, cells, level, over_appetite
from tests.assessments.rules.cases import policy

# Rows: likelihood 5 to 1; columns: severity 1 to 5. c critical, h high, m medium, l low.
BY_HAND = [
    "m",
    "h",
    "h",
    "c",
    "c",
    "l",
    "m",
    "h",
    "c",
    "c",
    "l",
    "m",
    "m",
    "h",
    "h",
    "l",
    "l",
    "m",
    "m",
    "h",
    "l",
    "l",
    "l",
    "l",
    "m",
]


def test_every_cell_has_the_level_of_its_product():
    found = [cell.level.key[0] for row in cells(policy().risk_matrix) for cell in row]
    assert found == BY_HAND


def test_the_heat_map_runs_from_almost_certain_down_and_from_negligible_right():
    rows = cells(policy().risk_matrix)
    assert [row[0].likelihood for row in rows] == [5, 4, 3, 2, 1]
    assert [cell.severity for cell in rows[0]] == [1, 2, 3, 4, 5]
    assert (rows[0][4].likelihood_label, rows[0][4].severity_label) == ("Almost certain", "Severe")
    assert sum(cell.over for row in rows for cell in row) == 4 + 3 + 2 + 1


def test_the_appetite_itself_is_within_and_high_is_over():
    matrix = policy().risk_matrix
    assert not over_appetite(matrix, by_key(matrix, "medium"))
    assert not over_appetite(matrix, by_key(matrix, "low"))
    assert over_appetite(matrix, by_key(matrix, "high"))
    assert over_appetite(matrix, by_key(matrix, "critical"))


@pytest.mark.parametrize(("likelihood", "severity"), [(0, 3), (3, 6), (-1, -1), (6, 1)])
def test_a_rating_off_the_scale_is_refused_and_never_low(likelihood, severity):
    with pytest.raises(ValueError, match="not on the scale from 1 to 5"):
        level(policy().risk_matrix, likelihood=likelihood, severity=severity)


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="no risk level “extreme”"):
        by_key(policy().risk_matrix, "extreme")
