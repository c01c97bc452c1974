"""`python -m tests.validation`: error rates of verdicts and misses of intervals, by simulation.

Prints every cell with its shares and their Monte Carlo standard error, and ends with 1 if a share is
above its declared level by more than chance would show in one of a hundred such programmes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy.special import ndtri

from tests.validation.grid import Planned, whole_grid
from tests.validation.simulation import GAP, Found, simulate

DRAWS = 20_000
SEED = 20_260_901


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A share that must not be above its declared level. error: its Monte Carlo standard error."""

    says: str
    share: float
    error: float
    level: float

    def held(self, claims: int) -> bool:
        """Return whether it is within the level, or above by what chance shows among so many."""
        return self.share <= self.level + float(ndtri(1.0 - 0.01 / claims)) * self.error


def claims_of(planned: Planned, found: Found) -> Iterator[Claim]:
    """Yield what must hold in this cell: wrong verdicts, and misses of either end of intervals.

    At parity a limit may be failed in both directions of every pair, with α in all; a truth on the
    limit may be passed, or failed, in one, with α/2.
    """
    alpha = 1.0 - planned.cell.level

    def claim(says: str, share: float, level: float) -> Claim:
        told = f"{_where(planned)}: {says}"
        return Claim(says=told, share=share, error=found.error(level), level=level)

    for (metric, limit), share in found.fails.items():
        if planned.kind != "beyond":
            half = planned.kind == "limit"
            yield claim(f"{_asked(metric, limit)} failed", share, alpha / 2.0 if half else alpha)
    for (metric, limit), share in found.passes.items():
        if planned.kind == "limit":
            yield claim(f"{_asked(metric, limit)} passed", share, alpha / 2.0)
    for name in ("rate", "gap", "ratio"):
        yield claim(f"end of a {name} missed", getattr(found, name), alpha / 2.0)
    yield claim("some simultaneous gap missed", found.jointly, alpha)


def _asked(metric: str, limit: float) -> str:
    return f"gap ≤ {limit:g}" if metric == GAP else f"ratio ≥ {limit:g}"


def _where(planned: Planned) -> str:
    off = [rate for rate in planned.cell.rates if rate != planned.rate]
    where = f"{planned.layout}, rate {planned.rate:g}"
    if off:
        group = "smallest" if planned.cell.rates[0] == off[0] else "largest"
        where += f", the {group} {off[0]:.4g}"
    return where if planned.cell.level == 0.95 else f"{where}, {planned.cell.level:.1%}"


HEADINGS = {
    "parity": "All groups alike: a fail is wrong (declared 5 % in all)",
    "limit": "One group off by exactly the limit: a pass or a fail is wrong (declared 2.5 % each)",
    "beyond": "One group off by twice the limit: a fail is right (power, nothing declared)",
}


def line_of(planned: Planned, found: Found) -> str:
    """Return the shares of a cell in one line."""
    parts = [
        f"{_asked(*key)} fail {found.fails[key]:.2%} pass {found.passes[key]:.2%}"
        for key in found.fails
    ]
    missed = (
        f"missed: rate {found.rate:.2%}, gap {found.gap:.2%}, ratio {found.ratio:.2%}, any gap at "
        f"once {found.jointly:.2%}"
    )
    return f"  {_where(planned)} | {' | '.join(parts)} | {missed}"


def run(grid: Sequence[Planned], *, draws: int, seed: int) -> list[Claim]:
    """Simulate every cell, print it, and return what must hold."""
    claims: list[Claim] = []
    kind = ""
    for place, planned in enumerate(grid):
        if planned.kind != kind:
            kind = planned.kind
            sys.stdout.write(f"\n{HEADINGS[planned.kind]}\n")
        found = simulate(planned.cell, draws=draws, seed=seed + place)
        claims += claims_of(planned, found)
        sys.stdout.write(f"{line_of(planned, found)}\n")
        sys.stdout.flush()
    return claims


def main(arguments: list[str] | None = None) -> int:
    """Run the whole grid; 0 if every claim holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    grid, begin = whole_grid(), time.perf_counter()
    sys.stdout.write(
        f"{len(grid)} cells, {given.draws:,} data sets each. Monte Carlo standard error: "
        f"{(0.025 * 0.975 / given.draws) ** 0.5:.2%} at 2.5 %, "
        f"{(0.05 * 0.95 / given.draws) ** 0.5:.2%} at 5 %.\n"
    )
    claims = run(grid, draws=given.draws, seed=given.seed)
    lost = [claim for claim in claims if not claim.held(len(claims))]
    largest = max(claims, key=lambda claim: claim.share / claim.level)
    sys.stdout.write(
        f"\n{len(claims)} claims in {time.perf_counter() - begin:.0f} s; the share nearest to its "
        f"level: {largest.says} {largest.share:.2%} of {largest.level:.2%} ± {largest.error:.2%}.\n"
    )
    for claim in lost:
        sys.stdout.write(
            f"NOT HELD: {claim.says} {claim.share:.2%} of {claim.level:.2%} ± {claim.error:.2%}\n"
        )
    if not lost:
        sys.stdout.write("Every declared level holds.\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
