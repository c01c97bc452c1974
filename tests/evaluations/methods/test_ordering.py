"""Groups are listed by their lower edges where they are bins, and by their letters where not."""

from __future__ import annotations

from itertools import permutations

import pytest

from evaluations.methods.inputs import NOT_RECORDED
from evaluations.methods.ordering import ordered, rising

BINS = ("under 18", "18 to 24", "25 to 99", "100 and over")


@pytest.mark.parametrize("values", list(permutations(BINS)))
def test_bins_stand_by_their_lower_edge_and_what_is_not_recorded_last(
    values: tuple[str, ...],
) -> None:
    found = ordered((value,) for value in (NOT_RECORDED, *values))
    assert [name for (name,) in found] == [*BINS, NOT_RECORDED]


def test_numbers_are_counted_and_not_spelled() -> None:
    assert ordered([("10",), ("9",), ("-1",)]) == (("-1",), ("9",), ("10",))


def test_one_value_that_is_no_bin_puts_the_column_in_the_order_of_its_letters() -> None:
    assert rising(("under 18", "18 and over", "unknown")) is None
    assert ordered([("under 18",), ("unknown",), ("18 and over",)]) == (
        ("18 and over",), ("under 18",), ("unknown",),
    )  # fmt: skip


def test_words_stay_in_the_order_of_their_letters_what_is_not_recorded_among_them() -> None:
    members = [("White",), (NOT_RECORDED,), ("Black",)]
    assert ordered(members) == (("Black",), ("White",), (NOT_RECORDED,))
    assert ordered([("other",), (NOT_RECORDED,)]) == ((NOT_RECORDED,), ("other",))


def test_crossed_groups_are_ordered_column_by_column() -> None:
    members = [
        ("women", "18 and over"), ("men", "18 and over"), ("women", "under 18"), ("men", "under 18"),
    ]  # fmt: skip
    assert ordered(members) == (
        ("men", "under 18"), ("men", "18 and over"), ("women", "under 18"), ("women", "18 and over"),
    )  # fmt: skip


def test_nothing_and_the_whole_have_an_order_too() -> None:
    assert ordered([]) == ()
    assert ordered([()]) == ((),)
    assert rising([NOT_RECORDED]) is None
