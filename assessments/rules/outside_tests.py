"""What the portal has no method for: a test made outside is filed, and never counts as measured."""

from __future__ import annotations

from assessments.rules.findings import Finding, RestsOn, by_id
from assessments.rules.gate_inputs import GateInputs
from assessments.rules.requirements import Requirement

PREFIX = "outside_test."


def document_of(requirement: Requirement) -> str:
    """Return the key of the document that is filed for it; an evaluation's is an outside test."""
    return f"{PREFIX}{requirement.key}" if requirement.measure else requirement.document


def is_outside(requirement: Requirement, available_methods: frozenset[str]) -> bool:
    """Return whether the portal has no method that could measure it."""
    measure = requirement.measure
    return measure is not None and measure.method not in available_methods


def outside_test(requirement: Requirement, inputs: GateInputs) -> Finding:
    """Return not estimable once a test made outside is filed for this scope; missing before.

    Neither lets a release pass. What is filed can be excepted, by a person with the right and
    until a date, as a result that the portal cannot settle.
    """
    reason = "The portal has no method that measures this."
    filed = by_id(
        (
            item
            for item in inputs.documents
            if item.document == document_of(requirement) and item.state == "confirmed"
        ),
        lambda item: item.document_id,
    )
    current = [item for item in filed if item.scope_digest == inputs.scope_digest]
    if not current:
        earlier = " The test on file was of another scope." if filed else ""
        return Finding(
            status="missing",
            reason=f"{reason}{earlier}",
            basis="missing",
            mend="File the report of a test made outside",
            mend_by="analyst",
        )
    last = current[-1]
    by = f" by {last.confirmed_by}" if last.confirmed_by else ""
    return Finding(
        status="not_estimable",
        reason=f"{reason} A test made outside is filed{by} ({last.label}); it is not checked here.",
        basis="attested",
        rests_on=RestsOn(kind="document", id=last.document_id, label=last.label),
        mend="Ask for an exception that rests on the outside test",
        mend_by="analyst",
    )
