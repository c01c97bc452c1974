"""A slice of `make validate`: its hardest cells hold, and intervals that are too short do not."""

import pytest
from statsmodels.stats.proportion import proportion_confint

from evaluations.methods.fairness import measured
from evaluations.methods.intervals import Bounds
from tests.validation.__main__ import claims_of, main, run
from tests.validation.grid import beyond, on_limits, parity, whole_grid
from tests.validation.simulation import RATIO, simulate

RARE = next(parity(["29 of 30 and 100,000"], [0.005]))
"""Small groups of a rare rate beside a large one: the hardest to keep from failing wrongly."""


def wilson(x, n, level):
    return Bounds(*proportion_confint(x, n, alpha=1 - level, method="wilson"))


def lost(grid, draws):
    claims = run(grid, draws=draws, seed=11)
    assert claims
    return [claim.says for claim in claims if not claim.held(len(claims))]


def test_many_small_groups_beside_a_large_one_fail_no_more_often_than_declared():
    found = simulate(RARE.cell, draws=10_000, seed=7)
    # Four Monte Carlo standard errors of 5 % in 10,000.
    assert found.fails[RATIO, 0.8] <= 0.05 + 4 * 0.00218
    assert found.fails[RATIO, 0.8] > 0.0, "a simulation that never fails anything shows nothing"


def test_the_hardest_cells_hold_their_levels():
    layouts = ["30 and 30", "30 and 100,000", "1,000 and 100,000"]
    grid = [*parity(layouts, [0.005, 0.5, 0.995]), *on_limits(layouts, [0.02]), RARE]
    assert lost(grid, 2_000) == []


def test_score_intervals_do_not_hold_them(monkeypatch):
    """Wilson's interval, in the place of the exact one, fails four-fifths in a quarter of data sets."""
    monkeypatch.setattr(measured, "exact", wilson)
    found = simulate(RARE.cell, draws=2_000, seed=7)
    assert 0.2 < found.fails[RATIO, 0.8] < 0.3
    said = lost([RARE], 2_000)
    assert "29 of 30 and 100,000, rate 0.005: ratio ≥ 0.8 failed" in said
    assert "29 of 30 and 100,000, rate 0.005: end of a rate missed" in said


def test_a_truth_beyond_the_limit_is_seen_and_nothing_is_claimed_of_it():
    planned = next(beyond(["1,000 and 1,000"], [0.5]))
    found = simulate(planned.cell, draws=2_000, seed=3)
    assert next(iter(found.fails.values())) > 0.9
    assert not any(" failed" in claim.says for claim in claims_of(planned, found))


def test_the_programme_ends_with_1_where_a_level_is_exceeded(monkeypatch, capsys):
    monkeypatch.setattr("tests.validation.__main__.whole_grid", lambda: [RARE])
    assert main(["--draws", "2000"]) == 0
    assert "Every declared level holds." in capsys.readouterr().out
    monkeypatch.setattr(measured, "exact", wilson)
    assert main(["--draws", "2000"]) == 1
    assert "NOT HELD: 29 of 30 and 100,000, rate 0.005" in capsys.readouterr().out


def test_the_grid_spans_what_the_page_on_statistics_says():
    cells = [planned.cell for planned in whole_grid()]
    assert {len(cell.sizes) for cell in cells} == {2, 6, 30}
    assert {min(map(min, (cell.sizes for cell in cells))), max(max(c.sizes) for c in cells)} == {
        30,
        100_000,
    }
    rates = [rate for cell in cells for rate in cell.rates]
    assert min(rates) <= 0.005
    assert max(rates) == pytest.approx(0.995)
