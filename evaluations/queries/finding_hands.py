"""Who had a hand in findings and how grave each stands, as the ledger tells it, for many at once.

Giving a finding away frees nobody: who made it, ever owned it or changed it settles it no more,
and a severity that one of them lowered stands as it was before.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evaluations.choices import FindingState, Severity
from rai_portal.ledger.models import Entry

if TYPE_CHECKING:
    from evaluations.models import Finding

GRAVE = Severity.SEV2
"""From this severity down to Sev1 a finding blocks a launch, so no person settles their own."""

HANDS = ("finding.created", "finding.changed", "finding.risks_linked")
"""Acts by which a finding becomes somebody's own. Closing and opening again are judgements."""


@dataclass(slots=True)
class History:
    """What the ledger tells of one finding.

    hands: person → since when it is their own. severity: the one that stands, which is the graver
    one where somebody lowered their own.
    """

    severity: int
    hands: dict[int, dt.datetime] = field(default_factory=dict)
    lowered_from: int | None = None

    def is_own(self, user_id: int | None, *, at: dt.datetime | None = None) -> bool:
        """Return whether it was the person's own at that time; at None: whether it is."""
        since = None if user_id is None else self.hands.get(user_id)
        return since is not None and (at is None or since <= at)

    def name(self, user_id: int | None, at: dt.datetime) -> None:
        """Note whose own it is from then on."""
        if user_id is not None:
            self.hands[user_id] = min(at, self.hands.get(user_id, at))

    def take(self, act: Mapping[str, Any]) -> None:
        """Add one act; they come in the order of the ledger."""
        before, after = act["payload__before__severity"], act["payload__after__severity"]
        if before is not None and after is not None:
            self._weigh(before, after, own=self.is_own(act["actor_id"]))
        for person in (
            act["actor_id"], act["payload__before__owner_id"], act["payload__after__owner_id"],
        ):  # fmt: skip
            self.name(person, act["at"])

    def _weigh(self, before: int, after: int, *, own: bool) -> None:
        if lowers(before, after) and own:
            self.lowered_from = (
                before if self.lowered_from is None else min(self.lowered_from, before)
            )
        elif after > before or (self.lowered_from is not None and after <= self.lowered_from):
            self.lowered_from = None  # A second person said so, or it is as grave again.


def lowers(before: int, after: int) -> bool:
    """Return whether a grave finding would become less grave."""
    return before <= GRAVE and after > before


def histories(findings: Sequence[Finding]) -> dict[int, History]:
    """Return finding id → its history, in one query however many there are."""
    acts: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for act in _acts(finding.pk for finding in findings):
        acts[act["subject_id"]].append(act)
    return {finding.pk: _history(finding, acts[finding.pk]) for finding in findings}


def history_of(finding: Finding) -> History:
    """Return the history of one finding."""
    return histories([finding])[finding.pk]


def is_settled(finding: Finding, history: History) -> bool:
    """Return whether somebody closed the finding whose own it was not when they did."""
    return finding.state == FindingState.CLOSED and not (
        finding.closed_by_id is None or history.is_own(finding.closed_by_id, at=finding.closed_at)
    )


def _acts(ids: Iterable[int]) -> Iterable[Mapping[str, Any]]:
    rows = Entry.objects.filter(
        subject_type="evaluations.finding", subject_id__in=list(ids), action__in=HANDS
    )
    return rows.order_by("sequence").values(
        "subject_id", "actor_id", "at",
        "payload__before__owner_id", "payload__after__owner_id",
        "payload__before__severity", "payload__after__severity",
    )  # fmt: skip


def _history(finding: Finding, acts: Iterable[Mapping[str, Any]]) -> History:
    found = History(severity=finding.severity)
    # The row's own columns too: they hold where the ledger was written past the services.
    found.name(finding.created_by_id, finding.created_at)
    for act in acts:
        found.take(act)
    if finding.owner_id not in found.hands:
        found.name(finding.owner_id, finding.created_at)
    if found.lowered_from is not None:
        found.severity = min(found.severity, found.lowered_from)
    return found
