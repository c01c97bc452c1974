"""The words and limits of the risk matrix. The policy in force may replace the scale below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from registry.rating_rule import Cell, Graded

LEVELS = ("low", "medium", "high", "critical")
"""From the lowest to the highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskScale:
    """Labels of 1 to 5, from which product a level begins, and the highest level tolerated.

    at_least: for each of LEVELS the lowest product of likelihood and severity that reaches it;
    the first is 0. appetite: one of LEVELS; what lies above needs an acceptance.
    """

    likelihood: tuple[str, str, str, str, str]
    severity: tuple[str, str, str, str, str]
    at_least: tuple[int, int, int, int]
    appetite: str

    def level(self, likelihood: int, severity: int) -> str:
        """Return the level of a cell: one of LEVELS."""
        return self.level_of(likelihood * severity)

    def level_of(self, score: int) -> str:
        """Return the level of a product of likelihood and severity."""
        return LEVELS[max(place for place, least in enumerate(self.at_least) if score >= least)]

    def bounds(self, level: str) -> tuple[int, int]:
        """Return the lowest and highest product of a level, both included."""
        place = LEVELS.index(level)
        top = self.at_least[place + 1] - 1 if place + 1 < len(LEVELS) else 25
        return self.at_least[place], top

    def rank(self, level: str) -> int:
        """Return 1 for the lowest level to 4 for the highest."""
        return LEVELS.index(level) + 1

    def graded(self, cell: Cell) -> Graded:
        """Return what the rule on lower ratings reads of a cell."""
        score = cell[0] * cell[1]
        return Graded(
            severity=cell[1],
            rank=self.rank(self.level_of(score)),
            over=score >= self.beyond_appetite,
        )

    @property
    def beyond_appetite(self) -> int:
        """The lowest product that lies above the appetite."""
        return self.bounds(self.appetite)[1] + 1


DEFAULT = RiskScale(
    likelihood=("Rare", "Unlikely", "Possible", "Likely", "Almost certain"),
    severity=("Negligible", "Minor", "Moderate", "Major", "Severe"),
    at_least=(0, 5, 10, 16),
    appetite="medium",
)
"""That of policy version 1."""

_provider: list[Callable[[], RiskScale]] = []


def use(provider: Callable[[], RiskScale]) -> None:
    """Let the provider say which scale is in force: called once, when the room above is ready."""
    _provider[:] = [provider]


def current() -> RiskScale:
    """Return the scale in force."""
    return _provider[0]() if _provider else DEFAULT
