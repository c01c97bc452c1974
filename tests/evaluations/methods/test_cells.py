"""Rates counted by hand from small tables of cells."""

import numpy as np

from evaluations.methods.cells import RATES, denominators, group_by, membership, numerators
from evaluations.methods.inputs import CellTable

# label × prediction, each negative, positive, missing.
A = [[5, 2, 1], [3, 10, 0], [4, 6, 7]]


def table(*members):
    return CellTable(
        columns=("race", "sex"),
        members=tuple(member for member, _ in members),
        counts=np.array([counts for _, counts in members]),
        labelled=True,
    )


def test_each_rate_takes_its_own_cells():
    grouped = group_by(table((("a", "m"), A)), ())
    found = {
        rate.key: (
            int(numerators(grouped.counts, rate)[0]),
            int(denominators(grouped.counts, rate)[0]),
        )
        for rate in RATES
    }
    assert found == {
        "base_rate": (13, 21),
        "selection_rate": (18, 30),
        "true_positive_rate": (10, 13),
        "false_positive_rate": (2, 7),
        "true_negative_rate": (5, 7),
        "false_negative_rate": (3, 13),
        "precision": (10, 12),
        "false_discovery_rate": (2, 12),
        "false_omission_rate": (3, 8),
        "negative_predictive_value": (5, 8),
        "accuracy": (15, 20),
    }


def test_groups_of_one_column_sum_over_the_other():
    cells = table((("b", "m"), A), (("a", "f"), A), (("b", "f"), A))
    grouped = group_by(cells, ("race",))
    assert grouped.members == (("a",), ("b",))
    assert grouped.rows.tolist() == [38, 76]
    assert grouped.group(1) == {"race": "b"}


def test_membership_says_for_each_combination_which_group_it_is_in():
    cells = table((("b", "m"), A), (("a", "f"), A), (("b", "f"), A))
    codes, members = membership(cells, ("sex",))
    assert members == (("f",), ("m",))
    assert codes.tolist() == [1, 0, 0]
