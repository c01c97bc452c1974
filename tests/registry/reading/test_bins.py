"""Bins: declared edges part numbers, each edge in the bin above it."""

import math
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.reading.bins import bin_names, bin_sql, lower_edge, needs_edges, parse_edges


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("25, 40, 60", ("25", "40", "60")), ("25;40 60.0", ("25", "40", "60")), ("", ()),
        ("-1.50,0", ("-1.5", "0")), ("1e3", ("1000",)),
    ],
)  # fmt: skip
def test_edges_are_read_as_they_are_typed(text, edges):
    assert parse_edges(text) == edges


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("25, old", "got “old”"), ("true", "got “true”"), ("nan", "got “nan”"),
        ("40, 25", "larger than the one before"), ("25, 25.0", "larger than the one before"),
        (", ".join(map(str, range(21))), "At most 20 edges"),
    ],
)  # fmt: skip
def test_edges_that_part_nothing_are_refused(text, said):
    with pytest.raises(ValueError, match=said):
        parse_edges(text)


def test_bins_are_named_by_what_they_hold():
    edges = ("25", "40", "60")
    assert bin_names(edges, whole=True) == ("under 25", "25 to 39", "40 to 59", "60 and over")
    assert bin_names(edges, whole=False)[1:3] == ("25 to under 40", "40 to under 60")
    assert bin_names(("0.5", "1"), whole=True)[1] == "0.5 to under 1"
    assert bin_names(("1", "2"), whole=True) == ("under 1", "1", "2 and over")


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("under 25", -math.inf), ("25 to 39", 25.0), ("25 to under 40", 25.0), ("40 and over", 40.0),
        ("7", 7.0), ("-1.5 to under 0", -1.5), ("1e+15 and over", 1e15),
        ("White", None), ("25-39", None), ("25 to 39 months", None), ("over 60", None), ("", None),
        ("nan", None), ("٢٥", None),
    ],
)  # fmt: skip
def test_a_bin_says_by_its_name_where_it_begins(name, begins):
    assert lower_edge(name) == begins


@given(
    edges=st.lists(st.floats(-1e18, 1e18).map(repr), min_size=1, max_size=8, unique_by=float),
    whole=st.booleans(),
)
def test_bins_of_any_edges_are_rising_by_where_they_begin(edges, whole):
    declared = parse_edges(", ".join(sorted(edges, key=float)))
    begins = [lower_edge(name) for name in bin_names(declared, whole=whole)]
    assert begins == [-math.inf, *map(float, declared)]


@given(
    edges=st.lists(st.integers(-50, 50), min_size=1, max_size=8, unique=True).map(sorted),
    numbers=st.lists(st.integers(-70, 70), min_size=1, max_size=20),
)
def test_each_number_falls_into_the_bin_between_its_edges(edges, numbers):
    texts = tuple(map(str, edges))
    names = bin_names(texts, whole=True)
    with duckdb.connect(":memory:") as connection:
        sql = bin_sql("CAST(v AS DOUBLE)", texts, whole=True)
        found = connection.execute(f"SELECT {sql} FROM unnest(?::BIGINT[]) t(v)", [numbers])
        told = [name for (name,) in found.fetchall()]
    spans = list(pairwise([-1000, *edges, 1000]))
    by_hand = [
        names[next(i for i, (low, high) in enumerate(spans) if low <= number < high)]
        for number in numbers
    ]
    assert told == by_hand


def test_only_columns_of_many_numbers_need_edges():
    assert needs_edges({"kind": "number", "distinct": 21})
    assert not needs_edges({"kind": "number", "distinct": 20})
    assert not needs_edges({"kind": "text", "distinct": 62})
