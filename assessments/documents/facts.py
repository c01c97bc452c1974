"""What documents are made from: plain facts of one release, read once, without rows or queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFacts:
    """The AI system as registered."""

    name: str
    portfolio: str
    kind: str
    owner: str
    purpose: str
    intended_use: str
    out_of_scope_uses: str
    affected_groups: str
    users: str
    decisions: str
    jurisdictions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """The model of the release: its file's digest and what it takes in."""

    name: str
    format: str
    sha256: str
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitiveColumn:
    """A sensitive column, with why and on which legal basis it is read."""

    name: str
    purpose: str
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFacts:
    """A dataset that the release uses."""

    name: str
    use: str
    description: str
    sha256: str
    rows: int | None
    sensitive: tuple[SensitiveColumn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """The release, and what changed since the one before."""

    id: int
    version: str
    change_summary: str
    planned_launch: dt.date | None
    previous_version: str
    uses_sensitive_at_decision: bool
    scope_digest: str
    model: ModelFacts | None
    data: tuple[DataFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierFacts:
    """The tier and why. in_lending: the intake named an effect on credit."""

    tier: int | None
    reasons: tuple[str, ...]
    points: int | None
    in_lending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One requirement of the gate. run_id: the run that it rests on, if it rests on one."""

    key: str
    title: str
    category: str
    status: str
    reason: str
    basis: str
    rests_on: str
    run_id: int | None
    numbers: Mapping[str, Any] | None
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """The gate that the document speaks of."""

    outcome: str
    reason: str
    ready: bool
    digest: str
    policy_number: str
    policy_digest: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MitigationFacts:
    """An action against a risk."""

    title: str
    status: str
    owner: str
    due: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts:
    """A risk with its residual level. level: key of the badge, "" while no rating counts.

    inherent_label: the level before any mitigation. cited: runs with check and verdict, a clause
    each. rated: who rated, and who confirmed it where that was needed. waiting: a sentence on a
    rating that waits for a second person, or "".
    """

    code: str
    title: str
    harm: str
    affected_groups: str
    inherent_label: str
    level: str
    level_label: str
    over: bool
    accepted: str
    basis: str
    rests_on: str
    cited: tuple[str, ...]
    rationale: str
    rated: str
    waiting: str
    closed: bool
    mitigations: tuple[MitigationFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureFacts:
    """A chart of a run: its drawing and what it shows in words."""

    key: str
    title: str
    text_alternative: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """A run that the gate rests on, or that was made on this scope to count."""

    id: int
    title: str
    method: str
    method_version: str
    method_title: str
    dataset: str
    look: int
    seed: int
    started_by: str
    ended_at: dt.datetime | None
    scope_digest: str
    result_digest: str
    headline: str
    narrative: Mapping[str, str]
    narrative_confirmed_by: str
    metrics: tuple[Mapping[str, Any], ...]
    excluded: tuple[Mapping[str, Any], ...]
    figures: tuple[FigureFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """The plan that the runs were made on. moved: titles of checks whose limit was changed.

    foreseen: requirement → what was known when the plan was locked of data too thin to show it.
    history: sentences on the plans before it and on what was adjusted, added and taken out.
    """

    number: int
    locked_on: dt.date | None
    digest: str
    reason: str
    moved: tuple[str, ...]
    foreseen: Mapping[str, str] = field(default_factory=dict)
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One requirement before and after."""

    title: str
    before: Mapping[str, Any]
    before_run: int
    now: Mapping[str, Any]
    now_run: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionFacts:
    """Something to be done by a day."""

    text: str
    owner: str
    due: dt.date
    met: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFacts:
    """The recommendation."""

    id: int
    recommendation: str
    rationale: str
    by: str
    at: dt.datetime
    session: dt.date | None
    conditions: tuple[ConditionFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Somebody who decides, or may. decision: code of the vote, "" while open."""

    name: str
    function: str
    had_a_hand: bool
    decision: str
    reason: str
    at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFacts:
    """The decision as it was taken. expires_on: None for a no-go, which stands for its scope."""

    id: int
    kind: str
    reason: str
    at: dt.datetime
    expires_on: dt.date | None
    conditions: tuple[ConditionFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What a person attested, signed or excepted."""

    kind: str
    label: str
    title: str
    by: str
    on: dt.date
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All facts of a release that its documents are made from. read_at: when they were read.

    outcome_now: of the gate when they were read, which may have moved since a decision.
    as_decided: whether what stands beside the gate was kept with the decision.
    """

    read_at: dt.datetime
    system: SystemFacts
    release: ReleaseFacts
    tier: TierFacts
    gate: GateFacts
    outcome_now: str
    as_decided: bool
    risks: tuple[RiskFacts, ...]
    runs: tuple[RunFacts, ...]
    plan: PlanFacts | None
    changes: tuple[Change, ...]
    review: ReviewFacts | None
    decision: DecisionFacts | None
    approvers: tuple[Approver, ...]
    quorum: str
    filed: tuple[Filed, ...]
