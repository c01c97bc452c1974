"""What a check can show on the data there is, said before its run: numbers and sentences.

Only limits on shares of rows are foreseen: a rate of all rows, its worst difference or worst ratio
over the groups of a column, and whether it can be estimated in every group.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from evaluations.methods.denominators import counted
from evaluations.methods.expected import RATES, Expected, Margins, margins
from evaluations.methods.limits import Limit
from evaluations.methods.planner import More, tidy
from evaluations.methods.sizes import Labels, Sizes
from evaluations.methods.wording import plain, rows
from registry.wording import listed

SCHEMA = "rai-foresight/1"
LOW = 0.5
"""Under this chance to pass though all is well, a check says more of the data than of a system."""
_MOST_NAMED = 3
_ENDINGS = ("_worst_difference", "_worst_ratio")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A group that will not be compared, and why."""

    group: str
    n: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What a check can show, with the words for it.

    chance: to pass when all is well (parity; half of the misses that the limit allows), in [0, 1];
    None where it is not computed. bad_chance: to fail when it is not (twice the limit). rate: what
    every group is taken to have; rate_known: whether it is counted, not assumed. more: rows that
    give a chance of 80 %. low: the data can hardly show it. warning: a sentence if low.
    """

    level: float
    chance: float | None = None
    bad_chance: float | None = None
    bad_value: float | None = None
    rate: float | None = None
    rate_known: bool = False
    more: tuple[More, ...] = ()
    attainable: bool = True
    left_out: tuple[LeftOut, ...] = ()
    says: str = ""
    needs: str = ""
    warning: str = ""

    @property
    def low(self) -> bool:
        """Whether the check would hardly pass though all is well."""
        return self.chance is not None and self.chance < LOW

    def as_json(self) -> dict[str, Any]:
        """Return plain values for storage."""
        return {"schema": SCHEMA, **asdict(self), "low": self.low}


def percent(chance: float) -> str:
    """Return "93 %"; what rounds to nothing or all is "under 1 %" or "over 99 %"."""
    whole = round(100.0 * chance)
    if whole < 1:
        return "under 1 %"
    return "over 99 %" if whole > 99 else f"{whole} %"


def foresee(
    sizes: Sizes, limit: Limit, *, minimum: int, level: float, people: str = ""
) -> Foresight | None:
    """Return what a check with this limit can show; None for a metric that is no share of rows.

    minimum: rows that a group and a denominator need. level: of the run's intervals. people: the
    word for those counted, such as "applicants".
    """
    base = next((limit.metric.removesuffix(end) for end in _ENDINGS if limit.metric.endswith(end)),
                limit.metric)  # fmt: skip
    expected = RATES.get(base)
    if expected is None or limit.group is not None:
        return None
    case = _Case(sizes, limit, expected, base, minimum, level, people)
    if limit.direction == "estimable":
        return case.estimable()
    return case.whole() if base == limit.metric else case.worst()


@dataclass(frozen=True, slots=True)
class _Group:
    """A group with the denominator to expect, or why it has no part. share: of its rows."""

    group: str
    n: int
    share: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Case:
    sizes: Sizes
    limit: Limit
    expected: Expected
    base: str
    minimum: int
    level: float
    people: str

    @property
    def name(self) -> str:
        return self.base.replace("_", " ")

    def estimable(self) -> Foresight | None:
        column = self._column()
        if column is None:
            return None
        found = self._groups(column)
        lost = _left_out(found)
        if not lost:
            says = f"Every group of {column} has the {self.minimum} rows that it takes."
            return Foresight(level=self.level, chance=1.0, says=says)
        more = tuple(
            More(item.group, tidy(math.ceil((self.minimum - item.n) / item.share)))
            for item in found
            if item.reason and item.share > 0.0
        )
        named = "; ".join(f"{item.group}: {item.reason}" for item in lost)
        return Foresight(
            level=self.level,
            chance=0.0,
            more=more,
            left_out=lost,
            attainable=len(more) == len(lost),
            says="Cannot be estimated in every group.",
            needs=self._needed(more, "would do"),
            warning=f"This data cannot meet the check: {named}.",
        )

    def whole(self) -> Foresight | None:
        from evaluations.methods.power import OneRate, power_of_rate

        limit, at = self.limit, margins(self.sizes)
        if limit.direction == "estimable" or limit.by or limit.threshold is None:
            return None
        if not 0.0 <= limit.threshold <= 1.0:
            return None
        n = math.floor(self.expected.counted(self.sizes.whole, at))
        if n < self.minimum:
            return self._not_measured(f"{self._counted(n)}; {self.minimum} are needed", ())
        found = power_of_rate(
            OneRate(
                n=n,
                direction=limit.direction,
                threshold=limit.threshold,
                level=self.level,
                share=n / self.sizes.whole.rows,
            )
        )
        truth = f"{self._a_name()} of {plain(found.good_value)}"
        return Foresight(
            level=self.level,
            chance=found.good,
            bad_chance=found.bad,
            bad_value=found.bad_value,
            more=found.more,
            attainable=found.attainable,
            says=f"Chance to pass at {truth}: {percent(found.good)}."
            + self._fails(found.bad, f"at {plain(found.bad_value or 0.0)}"),
            needs=self._fair(found.more, attainable=found.attainable),
            warning=f"This data can hardly show it: even with {truth}, the check would pass "
            f"{percent(found.good)} of the time."
            if found.good < LOW
            else "",
        )

    def worst(self) -> Foresight | None:
        from evaluations.methods.power import Size, WorstPair, power_of_pair

        column, limit = self._column(), self.limit
        ratio = limit.metric.endswith("_worst_ratio")
        if column is None or limit.threshold is None:
            return None
        if limit.direction != ("at_least" if ratio else "at_most"):
            return None
        found = self._groups(column)
        kept = tuple(Size(item.group, item.n, item.share) for item in found if not item.reason)
        lost = _left_out(found)
        if len(kept) < 2:
            which = f"only {kept[0].group} has" if kept else "no group has"
            return self._not_measured(f"{which} enough rows to be compared by {column}", lost)
        rate = self.expected.rate(margins(self.sizes))
        power = power_of_pair(
            WorstPair(
                sizes=kept,
                rate=rate,
                comparison="ratio" if ratio else "difference",
                threshold=limit.threshold,
                level=self.level,
            )
        )
        bad = f"at a {'ratio' if ratio else 'gap'} of {plain(power.bad_value or 0.0)}"
        return Foresight(
            level=self.level,
            chance=power.good,
            bad_chance=power.bad,
            bad_value=power.bad_value,
            rate=rate,
            rate_known=self.expected.known,
            more=power.more,
            attainable=power.attainable,
            left_out=lost,
            says=f"Chance to pass at parity: {percent(power.good)}." + self._fails(power.bad, bad),
            needs=self._fair(power.more, attainable=power.attainable),
            warning=f"This data can hardly show parity: if every group truly had the same "
            f"{self.name}, the check would pass {percent(power.good)} of the time."
            if power.good < LOW
            else "",
        )

    def _column(self) -> str | None:
        """Return the one column that is compared; several together have no verdict."""
        names = self.limit.by or tuple(self.sizes.columns)
        return names[0] if len(names) == 1 and names[0] in self.sizes.columns else None

    def _groups(self, column: str) -> list[_Group]:
        at = margins(self.sizes)
        return [self._group(group, at) for group in self.sizes.columns[column]]

    def _group(self, group: Labels, at: Margins) -> _Group:
        n = math.floor(self.expected.counted(group, at))
        share = n / group.rows if n else self.expected.counted(self.sizes.whole, at) / max(
            self.sizes.whole.rows, 1
        )  # fmt: skip
        reason = ""
        if group.rows < self.minimum:
            reason = f"{rows(group.rows)}; {self.minimum} are needed"
        elif n < self.minimum:
            reason = f"{self._counted(n)}; {self.minimum} are needed"
        return _Group(group.group, n, share, reason)

    def _counted(self, n: int) -> str:
        return f"{'' if self.expected.known else 'about '}{n:,} {counted(self.base)}"

    def _a_name(self) -> str:
        return f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.name}"

    def _fails(self, chance: float | None, where: str) -> str:
        return "" if chance is None else f" To fail {where}: {percent(chance)}."

    def _fair(self, more: tuple[More, ...], *, attainable: bool) -> str:
        if not attainable:
            return "No reasonable number of rows would give it a chance of 80 %."
        return self._needed(more, "would make it 80 %")

    def _needed(self, more: tuple[More, ...], end: str) -> str:
        if not more:
            return ""
        return f"About {self._listed(more)} {end}."

    def _listed(self, more: tuple[More, ...]) -> str:
        people = f" {self.people}" if self.people else ""
        if len(more) > _MOST_NAMED:
            most = max(more, key=lambda part: part.rows)
            total = sum(part.rows for part in more)
            return (
                f"{total:,} more rows over {len(more)} groups, {most.rows:,} of them of "
                f"{most.group}{people},"
            )
        return listed(
            f"{part.rows:,} more rows{f' of {part.group}{people}' if part.group else ''}"
            for part in more
        )

    def _not_measured(self, why: str, lost: tuple[LeftOut, ...]) -> Foresight:
        return Foresight(
            level=self.level,
            chance=0.0,
            attainable=False,
            left_out=lost,
            says="Cannot be measured on this data.",
            warning=f"This data cannot meet the check: {why}.",
        )


def _left_out(found: list[_Group]) -> tuple[LeftOut, ...]:
    return tuple(
        LeftOut(group=item.group, n=item.n, reason=item.reason) for item in found if item.reason
    )
