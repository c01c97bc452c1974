"""A small slice of the benchmark: the numbers that are timed are the same numbers."""

import pytest

from evaluations.sources.files import inspect
from tests.benchmarks import fairlearn_rates
from tests.benchmarks.bench_group_rates import apart, count, intervals, on_cells, rates
from tests.benchmarks.made_data import write_table


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "rows.parquet"
    rows = write_table(path, 6_000)
    return inspect(path), rows


def test_rates_from_counted_cells_equal_fairlearn_on_rows_and_on_cells(table):
    file, rows = table
    cells = count(file)
    found = rates(cells)
    assert len(found) == 30 * 8
    on_rows = fairlearn_rates.by_group(
        rows["y"].to_numpy(), rows["p"].to_numpy(), rows["group"].to_pylist()
    )
    assert apart(found, on_rows) <= 1e-12
    assert apart(found, on_cells(cells)) <= 1e-12


def test_every_pair_of_thirty_groups_gets_bounds_for_eight_rates(table):
    assert intervals(count(table[0])) == 8 * 435
