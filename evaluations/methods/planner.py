"""How many more rows would settle an inconclusive comparison, if the rates stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

type Comparison = Literal["difference", "ratio"]

MOST_TIMES = 1_000
"""Times the rows there are; beyond that more rows are no plan."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A group's rate and its denominator; n is worth n / effect independent rows of equal weight."""

    rate: float
    n: int
    effect: float = 1.0


@dataclass(frozen=True, slots=True)
class More:
    """About so many more rows of a group, counted in the metric's denominator."""

    group: str
    rows: int


def rows_to_settle(
    groups: Mapping[str, Seen], *, comparison: Comparison, threshold: float, level: float
) -> tuple[More, ...]:
    """Return the rows that would turn an inconclusive worst pair into a pass or a fail.

    If the widest pair is beyond the threshold as it stands, the rows that would make its
    simultaneous bound show it; else those that bring every pair's own bound within. Empty if a
    rate lies on the threshold, or no reasonable number of rows would do.
    """
    # SciPy takes a second to import, and pages that only show a verdict do not need it.
    from evaluations.methods.intervals import sidak_level

    pairs = [_turned(groups, one, two) for one, two in combinations(groups, 2)]
    pairs = [pair for pair in pairs if comparison == "difference" or groups[pair[0]].rate > 0.0]
    if not pairs:
        return ()
    test = _Test(groups, comparison, threshold, level, sidak_level(level, len(pairs)))
    beyond = [pair for pair in pairs if test.beyond(*pair)]
    if beyond:
        return _smallest([test.needed(pair, test.fails) for pair in beyond])
    open_pairs = [pair for pair in pairs if not test.passes(*test.sizes(pair), pair)]
    found = [test.needed(pair, test.passes) for pair in open_pairs]
    if any(not more for more in found):
        return ()
    most: dict[str, int] = {}
    for more in (part for parts in found for part in parts):
        most[more.group] = max(most.get(more.group, 0), more.rows)
    return tuple(More(group, rows) for group, rows in sorted(most.items()))


def _turned(groups: Mapping[str, Seen], one: str, two: str) -> tuple[str, str]:
    return (one, two) if groups[one].rate >= groups[two].rate else (two, one)


def _smallest(found: Sequence[tuple[More, ...]]) -> tuple[More, ...]:
    usable = [more for more in found if more]
    return min(usable, key=lambda more: sum(part.rows for part in more), default=())


@dataclass(frozen=True, slots=True)
class _Test:
    groups: Mapping[str, Seen]
    comparison: Comparison
    threshold: float
    level: float
    adjusted: float

    def sizes(self, pair: tuple[str, str]) -> tuple[int, int]:
        return self.groups[pair[0]].n, self.groups[pair[1]].n

    def beyond(self, high: str, low: str) -> bool:
        top, bottom = self.groups[high].rate, self.groups[low].rate
        if self.comparison == "difference":
            return top - bottom > self.threshold
        return bottom / top < self.threshold

    def fails(self, n_high: int, n_low: int, pair: tuple[str, str]) -> bool:
        low, high = self._bounds(n_high, n_low, pair, self.adjusted)
        return low > self.threshold if self.comparison == "difference" else high < self.threshold

    def passes(self, n_high: int, n_low: int, pair: tuple[str, str]) -> bool:
        low, high = self._bounds(n_high, n_low, pair, self.level)
        if self.comparison == "difference":
            return max(high, -low) <= self.threshold
        return min(low, 1.0 / high) >= self.threshold

    def _bounds(
        self, n_high: int, n_low: int, pair: tuple[str, str], level: float
    ) -> tuple[float, float]:
        from evaluations.methods.intervals import newcombe, score_ratio

        high, low = self.groups[pair[0]].rate, self.groups[pair[1]].rate
        one, two = n_high / self.groups[pair[0]].effect, n_low / self.groups[pair[1]].effect
        if self.comparison == "difference":
            found = newcombe(high * one, one, low * two, two, level)
        else:
            found = score_ratio(low * two, two, high * one, one, level)
        return float(found.low), float(found.high)

    def needed(
        self, pair: tuple[str, str], settled: Callable[[int, int, tuple[str, str]], bool]
    ) -> tuple[More, ...]:
        """Return rows for the smaller group if they do, else for both in proportion."""
        n_high, n_low = self.sizes(pair)
        small = pair[0] if n_high <= n_low else pair[1]

        def one(times: float) -> tuple[int, int]:
            if small == pair[0]:
                return round(n_high * times), n_low
            return n_high, round(n_low * times)

        def both(times: float) -> tuple[int, int]:
            return round(n_high * times), round(n_low * times)

        for grown in (one, both):
            if settled(*grown(MOST_TIMES), pair):
                high, low = grown(self._times(grown, settled, pair))
                parts = ((pair[0], high - n_high), (pair[1], low - n_low))
                return tuple(More(group, tidy(rows)) for group, rows in parts if rows > 0)
        return ()

    def _times(
        self,
        grown: Callable[[float], tuple[int, int]],
        settled: Callable[[int, int, tuple[str, str]], bool],
        pair: tuple[str, str],
    ) -> float:
        low, high = 1.0, float(MOST_TIMES)
        for _ in range(30):
            middle = (low * high) ** 0.5
            if settled(*grown(middle), pair):
                high = middle
            else:
                low = middle
        return high


def tidy(rows: int) -> int:
    """Round up to two leading digits: more would pretend to know."""
    step = int(10 ** max(len(str(rows)) - 2, 0))
    return -(-rows // step) * step
