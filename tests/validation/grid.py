"""The cells that are simulated: how many groups, how large, at which true rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.validation.simulation import Cell

type Kind = Literal["parity", "limit", "beyond"]

LAYOUTS: Mapping[str, tuple[int, ...]] = {
    "30 and 30": (30, 30),
    "30 and 100,000": (30, 100_000),
    "100 and 3,000": (100, 3_000),
    "1,000 and 1,000": (1_000, 1_000),
    "1,000 and 100,000": (1_000, 100_000),
    "100,000 twice": (100_000, 100_000),
    "6 of 300": (300,) * 6,
    "6 of 30 to 100,000": (30, 60, 200, 1_000, 10_000, 100_000),
    "30 of 1,000": (1_000,) * 30,
    "30 of 30 to 100,000": tuple(round(30 * (100_000 / 30) ** (i / 29)) for i in range(30)),
    "29 of 30 and 100,000": (30,) * 29 + (100_000,),
}
RATES = (0.005, 0.02, 0.1, 0.5, 0.9, 0.98, 0.995)
MANY_GROUPS = 30
RATES_OF_MANY = (0.005, 0.02, 0.1, 0.5, 0.995)
RATES_ON_LIMITS = {2: (0.005, 0.02, 0.5, 0.98), 6: (0.02, 0.5), MANY_GROUPS: (0.02,)}
"""By the number of groups: many pairs take long, and parity is the harder of the two."""
GAPS, RATIOS = (0.02, 0.1), (0.8,)
NO_GAP, SAME = 0.0, 1.0
"""Limits at parity itself: the hardest to be failed wrongly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A cell, and what it shows: parity, a truth on the limit, or one beyond it.

    layout: its name. rate: of all groups but the one that is off.
    """

    kind: Kind
    layout: str
    rate: float
    cell: Cell


def parity(
    layouts: Sequence[str] = tuple(LAYOUTS),
    rates: Sequence[float] = (),
    *,
    level: float = 0.95,
) -> Iterator[Planned]:
    """All groups alike: no limit may be failed more often than declared."""
    for layout in layouts:
        sizes = LAYOUTS[layout]
        for rate in rates or (RATES if len(sizes) < MANY_GROUPS else RATES_OF_MANY):
            cell = Cell(
                sizes=sizes,
                rates=(rate,) * len(sizes),
                gaps=(NO_GAP, *GAPS),
                ratios=(SAME, *RATIOS),
                level=level,
            )
            yield Planned(kind="parity", layout=layout, rate=rate, cell=cell)


def on_limits(
    layouts: Sequence[str] = tuple(LAYOUTS),
    rates: Sequence[float] = (),
    *,
    level: float = 0.95,
) -> Iterator[Planned]:
    """One group is off by exactly the limit: it may neither be passed nor failed too often.

    In turn the smallest and, where sizes differ, the largest group.
    """
    for layout in layouts:
        sizes = LAYOUTS[layout]
        places = sorted({0, len(sizes) - 1 if sizes[0] != sizes[-1] else 0})
        for rate in rates or RATES_ON_LIMITS[len(sizes)]:
            for gap in GAPS:
                other = rate + gap if rate + gap < 1.0 else rate - gap
                for place in places:
                    yield _off("limit", layout, rate, (place, other), gaps=(gap,), level=level)
            for ratio in RATIOS:
                for place in places:
                    off = (place, ratio * rate)
                    yield _off("limit", layout, rate, off, ratios=(ratio,), level=level)


def beyond(layouts: Sequence[str], rates: Sequence[float]) -> Iterator[Planned]:
    """The smallest group is off by twice the limit: how often that is seen."""
    for layout in layouts:
        for rate in rates:
            other = rate + 0.2 if rate + 0.2 < 1.0 else rate - 0.2
            yield _off("beyond", layout, rate, (0, other), gaps=(0.1,))
            yield _off("beyond", layout, rate, (0, 0.64 * rate), ratios=(0.8,))


def _off(
    kind: Kind,
    layout: str,
    rate: float,
    off: tuple[int, float],
    *,
    gaps: tuple[float, ...] = (),
    ratios: tuple[float, ...] = (),
    level: float = 0.95,
) -> Planned:
    sizes, (place, other) = LAYOUTS[layout], off
    rates = tuple(other if at == place else rate for at in range(len(sizes)))
    cell = Cell(sizes=sizes, rates=rates, gaps=gaps, ratios=ratios, level=level)
    return Planned(kind=kind, layout=layout, rate=rate, cell=cell)


def whole_grid() -> list[Planned]:
    """Return every cell of `make validate`."""
    later = ("30 and 100,000", "1,000 and 1,000", "6 of 30 to 100,000")
    return [
        *parity(),
        *on_limits(),
        *beyond(("1,000 and 1,000", "6 of 300", "30 of 1,000"), (0.5,)),
        *parity(later, (0.005, 0.5), level=0.975),
        *on_limits(later, (0.005, 0.5), level=0.975),
    ]
