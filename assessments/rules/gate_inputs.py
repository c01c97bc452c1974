"""What a gate is computed from. Rows are mapped to these; nothing else reaches the rule.

Every `…_id` is text, stable and opaque; every `label` is what a person reads ("Run 118"). Times
are aware datetimes. `had_a_hand` is True for whoever contributed to the release in any way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from assessments.rules.policy_data import Parameter, Policy
from assessments.rules.requirements import Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A measured value with the interval that its verdict used.

    low, high: its own interval; of a worst pair that of the pair with this value, with its
    simultaneous bounds beside them. None, or both equal to the value, for an exact number such as
    a largest error. n: rows in the denominator. bound: what was compared with the limit, where
    that is known apart from low and high; decided: whose bound that is, where low and high alone
    do not show why the verdict is as it is, such as "Decided by Man and Woman: …".
    """

    value: float
    low: float | None
    high: float | None
    n: int
    simultaneous_low: float | None = None
    simultaneous_high: float | None = None
    bound: float | None = None
    decided: str = ""

    def __post_init__(self) -> None:
        """Refuse numbers that are not finite: an unknown is no number here."""
        outer = (self.simultaneous_low, self.simultaneous_high, self.bound)
        given = (self.value, self.low, self.high, *outer)
        if any(number is not None and not math.isfinite(number) for number in given):
            message = f"A number of the gate must be finite; got {given}."
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvidence:
    """One run of a check.

    state: queued, running, succeeded, failed or cancelled. verdict: pass, fail, inconclusive,
    not_estimable or error; "" before there is one. counts: whether it was started to count, on
    the locked plan. scope_digest: of the release as it was when the inputs were fixed.
    detail: one sentence for verdicts without a number, and for errors. settle: what would settle
    an inconclusive or not estimable result, such as "About 40 more rows of Black applicants".
    """

    run_id: str
    label: str
    state: str
    verdict: str
    counts: bool
    scope_digest: str
    numbers: Numbers | None = None
    detail: str = ""
    settle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEvidence:
    """A check of the plan with all of its runs; method to parameters as the plan was locked.

    parameters: those that differ from the method's defaults. without_bearing: names of those that
    cannot move the number that is judged. dataset_id: "" where it has none.
    gone_data: name of its dataset where the release no longer holds that, "" otherwise.
    """

    check_id: str
    requirement_key: str
    method: str
    metric: str
    by: str
    direction: str
    threshold: float | None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    without_bearing: frozenset[str] = frozenset()
    dataset_id: str = ""
    gone_data: str = ""
    runs: tuple[RunEvidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataEvidence:
    """Data that the release is evaluated on. columns: its sensitive ones; roles: that it holds."""

    dataset_id: str
    label: str
    columns: frozenset[str]
    roles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEvidence:
    """A document, control or plan on file. state: draft, confirmed or withdrawn.

    scope_digest: of the release as it was when the document was confirmed. expires_at: None when
    it has no end. stale_because: a clause such as "dataset changed on 2026-11-18", "" if current.
    """

    document_id: str
    label: str
    document: str
    state: str
    scope_digest: str
    confirmed_by: str = ""
    confirmed_on: date | None = None
    expires_at: datetime | None = None
    stale_because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOffEvidence:
    """A specialist's word. state: signed, changes_requested, withdrawn or superseded."""

    sign_off_id: str
    label: str
    specialism: str
    state: str
    signer: str
    scope_digest: str
    had_a_hand: bool
    signed_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceEvidence:
    """A person took a residual risk. level: the level that was taken. roles: theirs, then.

    had_a_hand: in the risk, when taking it. risk_changed: its words or its rating since then.
    """

    acceptance_id: str
    label: str
    level: str
    accepted_by: str
    roles: frozenset[str]
    had_a_hand: bool
    accepted_at: datetime
    expires_at: datetime
    risk_changed: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskEvidence:
    """A risk of the system with the residual rating that counts.

    likelihood, severity: None while no rating counts; one that waits for a second person does not.
    waiting: such a one is there. basis: measured, attested or missing. rating_current: False when
    what the rating cites is no longer current. closed: closed within appetite; it stays in the
    count. A risk that was closed above the appetite is still an open one here.
    """

    risk_id: str
    label: str
    likelihood: int | None
    severity: int | None
    basis: str
    rating_current: bool
    closed: bool = False
    waiting: bool = False
    acceptances: tuple[AcceptanceEvidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingEvidence:
    """Something observed in this release, an earlier one or the system at large.

    severity: 1 (gravest) to 4. settled: closed, and by somebody else than who made it.
    """

    finding_id: str
    label: str
    severity: int
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionEvidence:
    """A waived requirement. status_waived: the status as it was; another one is not covered."""

    exception_id: str
    label: str
    requirement_key: str
    status_waived: str
    granted_by: str
    roles: frozenset[str]
    had_a_hand: bool
    granted_at: datetime
    expires_at: datetime
    scope_digest: str
    reason: str
    compensating_measure: str = ""
    data_to_collect: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionEvidence:
    """A condition of an approval. met: shown by evidence, not by word alone."""

    condition_id: str
    title: str
    due_at: datetime
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionEvidence:
    """A decision with the gate that its deciders saw.

    kind: go, go_with_conditions or no_go. settled: the stored signatures make this decision by
    the policy's quorum and functions in `tier`, the tier that it was taken in.
    statuses: (requirement key, status) of the gate that was approved, taken after the exceptions
    granted in the same act. had_a_hand: somebody who approved, whether or not with conditions, had
    contributed by then; such an approval never counts.
    expires_at: None for a no-go, which stands for its scope; an approval without an end is over.
    """

    decision_id: str
    label: str
    kind: str
    settled: bool
    had_a_hand: bool
    tier: int | None
    scope_digest: str
    policy_digest: str
    statuses: tuple[tuple[str, str], ...]
    decided_at: datetime
    expires_at: datetime | None
    conditions: tuple[ConditionEvidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateInputs:
    """Everything a gate depends on.

    tier: None while the intake is not complete or contradicts itself. requirements: what
    `requirements.required` returned for this release. available_methods: keys of the catalogue.
    now: aware; expiry and due dates are judged by it alone.
    """

    policy: Policy
    tier: int | None
    scope_digest: str
    requirements: tuple[Requirement, ...]
    plan_locked: bool
    available_methods: frozenset[str]
    now: datetime
    evaluation_data: tuple[DataEvidence, ...] = ()
    checks: tuple[CheckEvidence, ...] = ()
    documents: tuple[DocumentEvidence, ...] = ()
    sign_offs: tuple[SignOffEvidence, ...] = ()
    risks: tuple[RiskEvidence, ...] = ()
    findings: tuple[FindingEvidence, ...] = ()
    exceptions: tuple[ExceptionEvidence, ...] = ()
    decisions: tuple[DecisionEvidence, ...] = ()
