"""What is said of a check before its run: sizes, what to expect, words."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.methods.cells import RATES as COUNTED_RATES
from evaluations.methods.cells import denominators, group_by, numerators
from evaluations.methods.expected import RATES, margins
from evaluations.methods.foresight import foresee, percent
from evaluations.methods.inputs import CellTable
from evaluations.methods.sizes import Labels, joined, sizes_from_cells, sizes_from_json
from evaluations.methods.verdicts import Limit
from tests.evaluations.methods.fairness.tables import cells, selected

GAP = "selection_rate_worst_difference"
# White 1,681 rows, Hispanic 111, Black 197: the mortgages' groups, (tn, fp, fn, tp).
MORTGAGES = {"White": (60, 94, 40, 1487), "Hispanic": (8, 18, 6, 79), "Black": (20, 44, 9, 124)}


def at_most(metric, threshold, by=("race",)):
    return Limit(metric=metric, direction="at_most", threshold=threshold, by=by)


def seen(limit, table=None, *, minimum=30, level=0.95, people=""):
    sizes = sizes_from_cells(table if table is not None else cells(MORTGAGES))
    return foresee(sizes, limit, minimum=minimum, level=level, people=people)


def test_sizes_hold_labels_by_group_and_predictions_only_over_all_rows():
    sizes = sizes_from_cells(cells({**MORTGAGES, "not recorded": (1, 1, 1, 1)}))
    # Black: 20 + 44 with a negative label, 9 + 124 with a positive one.
    assert sizes.columns["race"][0] == Labels(group="Black", positive=133, negative=64, unknown=0)
    assert [group.group for group in sizes.columns["race"]] == ["Black", "Hispanic", "White"]
    # fp and tp of all four: 94 + 18 + 44 + 1 and 1,487 + 79 + 124 + 1.
    assert (sizes.favourable, sizes.unfavourable) == (1848, 145)
    assert sizes.whole == Labels(group="", positive=1747, negative=246, unknown=0)


@given(st.lists(st.integers(0, 40), min_size=9, max_size=9))
def test_sizes_are_the_same_however_predictions_lie_within_groups(counts):
    """Two data sets that differ only in who gets which prediction cannot be told apart."""
    table = np.array(counts, dtype=np.int64).reshape(1, 3, 3)
    first = np.concatenate([table, table[:, :, ::-1]])
    second = np.concatenate([table[:, :, ::-1], table])

    def sizes(of):
        members = (("a",), ("b",))
        return sizes_from_cells(
            CellTable(columns=("race",), members=members, counts=of, labelled=True)
        )

    assert sizes(first) == sizes(second)


def test_stored_sizes_come_back_as_they_were():
    sizes = sizes_from_cells(cells(MORTGAGES))
    assert sizes_from_json(json.loads(json.dumps(sizes.as_json()))) == sizes
    with pytest.raises(ValueError, match="rai-sizes/1"):
        sizes_from_json({"schema": "rai-sizes/2"})


def test_columns_counted_one_by_one_are_joined():
    race = sizes_from_cells(cells(MORTGAGES))
    sex = sizes_from_cells(
        cells({"f": (44, 78, 27, 845), "m": (44, 78, 28, 845)}, columns=("sex",))
    )
    assert list(joined([race, sex]).columns) == ["race", "sex"]


def test_every_rate_that_is_counted_is_expected():
    assert set(RATES) == {rate.key for rate in COUNTED_RATES}


@pytest.mark.parametrize("key", sorted(RATES))
def test_expected_rates_and_denominators_are_those_of_a_table_between_chance_and_best(key):
    # 1,000 rows, base rate 0.4, selection rate 0.3. Both positive: chance gives 120, the most is
    # 300; halfway lies 210. So tp 210, fn 190, fp 90, tn 510.
    table = cells({"a": (510, 90, 190, 210)})
    sizes, rate = sizes_from_cells(table), next(r for r in COUNTED_RATES if r.key == key)
    counts = group_by(table, ("race",)).counts
    at = margins(sizes)
    x, n = numerators(counts, rate)[0], denominators(counts, rate)[0]
    assert RATES[key].rate(at) == pytest.approx(x / n)
    assert RATES[key].counted(sizes.columns["race"][0], at) == pytest.approx(n)


def test_a_check_of_the_mortgages_says_its_chance_and_which_rows_it_lacks():
    found = seen(at_most("true_positive_rate_worst_difference", 0.05), people="applicants")
    assert found.low
    assert found.chance is not None and found.chance < 0.1
    assert found.says.startswith(f"Chance to pass at parity: {percent(found.chance)}.")
    assert "To fail at a gap of 0.10:" in found.says
    assert [part.group for part in found.more] == ["Black", "Hispanic"]
    assert "more rows of Black applicants and" in found.needs
    assert found.needs.endswith("more rows of Hispanic applicants would make it 80 %.")
    assert found.warning.startswith(
        "This data can hardly show parity: if every group truly had the same true positive rate,"
    )


def test_a_check_with_enough_rows_asks_for_none():
    found = seen(at_most(GAP, 0.25))
    assert (found.low, found.needs, found.warning) == (False, "", "")
    assert found.rate == pytest.approx(1846 / 1989)
    assert found.rate_known


def test_a_stricter_level_of_a_later_look_lowers_the_chance():
    first, second = (seen(at_most(GAP, 0.10), level=level) for level in (0.95, 0.975))
    assert second.chance < first.chance


def test_groups_under_the_minimum_are_left_out_and_named_before_anything_is_computed():
    table = selected({"a": (80, 100), "b": (80, 100), "c": (3, 4)})
    found = seen(at_most(GAP, 0.3), table)
    assert [(item.group, item.reason) for item in found.left_out] == [
        ("c", "4 rows; 30 are needed")
    ]
    same = seen(at_most(GAP, 0.3), selected({"a": (80, 100), "b": (80, 100)}))
    # The three rows in four of c hardly move the rate.
    assert found.chance == pytest.approx(same.chance, abs=0.02)
    alone = seen(at_most(GAP, 0.3), selected({"a": (80, 100), "c": (3, 4)}))
    assert (alone.chance, alone.attainable, alone.low) == (0.0, False, True)
    assert alone.warning == (
        "This data cannot meet the check: only a has enough rows to be compared by race."
    )


def test_a_rate_to_be_estimated_everywhere_says_who_is_too_few():
    limit = Limit(metric="false_positive_rate", direction="estimable", by=("race",))
    found = seen(limit)
    # Hispanic: 26 with a negative label of 111 rows; 4 more of these take about 18 rows.
    assert found.chance == 0.0
    assert found.needs == "About 18 more rows of Hispanic would do."
    assert "Hispanic: about 26 with a negative label; 30 are needed" in found.warning
    assert seen(limit, minimum=20).chance == 1.0


def test_a_rate_of_all_rows_is_foreseen_at_half_of_the_misses_allowed():
    limit = Limit(metric="accuracy", direction="at_least", threshold=0.8)
    found = seen(limit)
    assert found.says == (
        "Chance to pass at an accuracy of 0.90: over 99 %. To fail at 0.60: over 99 %."
    )
    few = seen(limit, cells({"a": (20, 5, 5, 20)}))
    assert few.low is (few.chance < 0.5)
    assert few.needs.startswith("About ")


@pytest.mark.parametrize(
    "limit",
    [
        at_most("auc_worst_difference", 0.1),
        at_most("f1_worst_difference", 0.1),
        at_most(GAP, 0.1, by=("race", "sex")),
        at_most(GAP, 0.1, by=("age",)),
        at_most("selection_rate", 0.5, by=("race",)),
        Limit(metric=GAP, direction="at_least", threshold=0.1, by=("race",)),
        Limit(metric="selection_rate", direction="at_most", threshold=0.5, group={"race": "a"}),
    ],
)
def test_what_the_planner_does_not_know_is_not_foreseen(limit):
    assert seen(limit) is None


def test_many_groups_are_told_in_one_sentence():
    groups = {f"g{place}": (30, 30, 30, 30 + place) for place in range(8)}
    found = seen(at_most(GAP, 0.05), cells(groups))
    assert "more rows over 8 groups," in found.needs


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.0, "under 1 %"),
        (0.004, "under 1 %"),
        (0.934, "93 %"),
        (0.996, "over 99 %"),
        (1.0, "over 99 %"),
    ],
)
def test_a_chance_is_never_said_to_be_nothing_or_certain(chance, words):
    assert percent(chance) == words
