"""Group rates from a Parquet file, beside fairlearn and aequitas, in one run.

`python -m tests.benchmarks.bench_group_rates` prints each comparison as a ratio and ends with 1
if a ratio or the equality with fairlearn does not hold. `--rows N` makes a smaller trial, in which
the ratios are printed and not judged. Ours starts from the Parquet file, the others from rows in
memory; the check and the digest of the file, which the others do not do, are timed by themselves.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from evaluations.methods.cells import RATES, group_by
from evaluations.methods.fairness.comparisons import compare_all
from evaluations.methods.fairness.measured import Minimum, measure_rates
from evaluations.methods.inputs import CellTable, ColumnRoles
from evaluations.methods.results import Estimate
from evaluations.sources.files import DataFile, inspect
from evaluations.sources.tabular_cells import read_checked
from tests.benchmarks import fairlearn_rates
from tests.benchmarks.made_data import write_table

ROWS = 1_000_000
ROLES = ColumnRoles(label="y", prediction="p", groups=("group",))
MINIMUM = Minimum(rows=1, outcome="selected")
ENVIRONMENT = Path("var/bench-aequitas")


def best(work: Callable[[], object], times: int = 7) -> float:
    """Return the shortest of some times in seconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def count(file: DataFile) -> CellTable:
    return read_checked(file, ROLES).cells


def rates(cells: CellTable) -> dict[tuple[str, str], float]:
    """Return (metric, group) → rate for the eight metrics, as the product computes them."""
    grouped = group_by(cells, ("group",))
    found = {}
    for metric in measure_rates(grouped, MINIMUM, labelled=True):
        if metric.key not in fairlearn_rates.RATES:
            continue
        for place, outcome in enumerate(metric.outcomes(0.95)):
            assert isinstance(outcome, Estimate)
            found[metric.key, grouped.members[place][0]] = outcome.value
    return found


def intervals(cells: CellTable) -> int:
    """Compute all pairwise and simultaneous intervals of eight rates; return how many pairs."""
    grouped = group_by(cells, ("group",))
    shares = [m for m in measure_rates(grouped, MINIMUM, labelled=True) if m.share]
    pairs = compare_all(shares[:8], grouped.recorded, 0.95)
    return sum(len(found.gaps) for found in pairs.values())


def on_cells(cells: CellTable) -> dict[tuple[str, str], float]:
    """Return fairlearn's rates on weighted cells."""
    labels, predictions, groups, weights = [], [], [], []
    for place, member in enumerate(cells.members):
        for label in (0, 1):
            for prediction in (0, 1):
                labels.append(label)
                predictions.append(prediction)
                groups.append(member[0])
                weights.append(int(cells.counts[place, label, prediction]))
    return fairlearn_rates.by_group(labels, predictions, groups, weights)


def apart(one: dict[tuple[str, str], float], other: dict[tuple[str, str], float]) -> float:
    """Return the largest difference; the same metrics and groups must be there."""
    assert one.keys() == other.keys()
    return max(abs(one[key] - other[key]) for key in one)


def aequitas(path: Path) -> float:
    """Return aequitas's time on two single attributes, in an environment of its own."""
    uv = next((str(p) for p in (Path(".tools/bin/uv"),) if p.exists()), "uv")
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([uv, "venv", "-q", "--python", "3.12", str(ENVIRONMENT)], check=True)
    wanted = ["aequitas==1.1.*", "pandas<3", "pyarrow"]
    subprocess.run([uv, "pip", "install", "-q", "--python", str(python), *wanted], check=True)
    script = Path(__file__).with_name("aequitas_rates.py")
    done = subprocess.run(
        [str(python), str(script), str(path)], check=True, capture_output=True, text=True
    )
    return float(done.stdout.strip().splitlines()[-1])


class Lines:
    """Prints comparisons and remembers whether all held."""

    def __init__(self, *, judged: bool) -> None:
        self.judged, self.held = judged, True

    def at_least(self, title: str, ratio: float, asked: float) -> None:
        self._line(f"{title}: {ratio:,.1f} × (asked {asked:g} ×)", ratio >= asked)

    def at_most(self, title: str, value: float, asked: float) -> None:
        self._line(f"{title}: {value:.3g} (asked at most {asked:g})", value <= asked)

    def _line(self, text: str, held: bool) -> None:
        self.held = self.held and held
        mark = ("held" if held else "NOT HELD") if self.judged else "not judged"
        sys.stdout.write(f"{text}: {mark}\n")
        sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison; 0 if every line holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    given = parser.parse_args(arguments)
    lines = Lines(judged=given.rows >= ROWS)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "rows.parquet"
        table = write_table(path, given.rows)
        file = inspect(path)
        cells = count(file)
        ours = best(lambda: rates(count(file)))
        counting = best(lambda: count(file))
        weighted = best(lambda: on_cells(count(file)), times=3)
        start = time.perf_counter()
        rows = fairlearn_rates.by_group(
            table["y"].to_numpy(), table["p"].to_numpy(), table["group"].to_pylist()
        )
        on_rows = time.perf_counter() - start
        other = aequitas(path)
        again = best(lambda: rates(count(file)))
        sys.stdout.write(
            f"{given.rows:,} rows, {len(cells.members)} groups, {len(fairlearn_rates.RATES)} metrics; "
            f"ours {ours * 1e3:.0f} ms (again {again * 1e3:.0f} ms), of which counting "
            f"{counting * 1e3:.0f} ms; check and digest of the file "
            f"{best(lambda: inspect(path)) * 1e3:.0f} ms\n"
        )
        ours = min(ours, again)
        lines.at_least("against aequitas on rows", other / ours, 8)
        lines.at_least("against fairlearn on weighted cells", weighted / ours, 15)
        lines.at_least("against fairlearn on rows", on_rows / ours, 800)
        product = rates(cells)
        lines.at_most("largest difference from fairlearn on rows", apart(product, rows), 1e-12)
        lines.at_most(
            "largest difference from fairlearn on cells", apart(product, on_cells(cells)), 1e-12
        )
        pairs = intervals(cells)
        spent = best(lambda: intervals(cells))
        lines.at_most(
            f"{pairs:,} pairs with own and simultaneous bounds of gap and ratio, "
            f"{spent * 1e3:.0f} ms, as a share of counting",
            spent / counting,
            1.0,
        )
    return 0 if lines.held or not lines.judged else 1


assert len(RATES) >= 8

if __name__ == "__main__":
    sys.exit(main())
