"""The status of what people file: documents, controls, plans and sign-offs."""

from __future__ import annotations

from assessments.rules.findings import Finding, RestsOn, by_id
from assessments.rules.gate_inputs import DocumentEvidence, GateInputs, SignOffEvidence
from assessments.rules.requirements import Requirement


def document(requirement: Requirement, inputs: GateInputs) -> Finding:
    """Return whether a person confirmed the document for what it is bound to."""
    filed = by_id(
        (item for item in inputs.documents if item.document == requirement.document),
        lambda item: item.document_id,
    )
    confirmed = [item for item in filed if item.state == "confirmed"]
    current = [item for item in confirmed if not _outdated(requirement, item, inputs)]
    if current:
        last = current[-1]
        return Finding(
            status="met",
            reason=_confirmed(last),
            basis="attested",
            rests_on=RestsOn(kind="document", id=last.document_id, label=last.label),
        )
    if confirmed:
        last = confirmed[-1]
        return Finding(
            status="stale",
            reason=_outdated(requirement, last, inputs),
            basis="attested",
            rests_on=RestsOn(kind="document", id=last.document_id, label=last.label),
            mend="Bring it up to date and confirm it again",
            mend_by=requirement.owner_role,
        )
    drafted = any(item.state == "draft" for item in filed)
    return Finding(
        status="missing",
        reason="Drafted, and not confirmed by a person." if drafted else "Nothing is filed yet.",
        basis="missing",
        mend=requirement.mend,
        mend_by=requirement.owner_role,
    )


def _confirmed(item: DocumentEvidence) -> str:
    by = f" by {item.confirmed_by}" if item.confirmed_by else ""
    on = f" on {item.confirmed_on.isoformat()}" if item.confirmed_on else ""
    return f"Confirmed{by}{on}"


def _outdated(requirement: Requirement, item: DocumentEvidence, inputs: GateInputs) -> str:
    if item.stale_because:
        return f"{item.stale_because[0].upper()}{item.stale_because[1:]}, after it was confirmed."
    if item.expires_at is not None and item.expires_at <= inputs.now:
        return f"It was valid until {item.expires_at.date().isoformat()}."
    if requirement.bound_to == "scope" and item.scope_digest != inputs.scope_digest:
        return "The scope has changed since it was confirmed."
    return ""


def sign_off(requirement: Requirement, inputs: GateInputs) -> Finding:
    """Return whether a specialist who had no hand in the release signed the present scope."""
    given = by_id(
        (item for item in inputs.sign_offs if item.specialism == requirement.specialism),
        lambda item: item.sign_off_id,
    )
    current = [
        item
        for item in given
        if requirement.bound_to == "system" or item.scope_digest == inputs.scope_digest
    ]
    objections = [item for item in current if item.state == "changes_requested"]
    if objections:
        last = objections[-1]
        return Finding(
            status="failed",
            reason=f"{last.signer} asks for changes{f': {last.note}' if last.note else '.'}",
            basis="attested",
            rests_on=_signed(last),
            mend="Make the changes, then ask for the sign-off again",
            mend_by="owner",
        )
    independent = [item for item in current if item.state == "signed" and not item.had_a_hand]
    if independent:
        last = independent[-1]
        on = f", {last.signed_on.isoformat()}" if last.signed_on else ""
        return Finding(
            status="met",
            reason=f"{last.signer}{on}",
            basis="attested",
            rests_on=_signed(last),
        )
    return _not_signed(requirement, given, current)


def _signed(item: SignOffEvidence) -> RestsOn:
    return RestsOn(kind="sign_off", id=item.sign_off_id, label=item.label)


def _not_signed(
    requirement: Requirement, given: list[SignOffEvidence], current: list[SignOffEvidence]
) -> Finding:
    own = [item for item in current if item.state == "signed"]
    old = [item for item in given if item.state == "signed" and item not in current]
    if old and not own:
        return Finding(
            status="stale",
            reason=f"The scope has changed since {old[-1].signer} signed.",
            basis="attested",
            rests_on=_signed(old[-1]),
            mend="Review what has changed and sign again",
            mend_by=requirement.owner_role,
        )
    reason = (
        f"{own[-1].signer} signed and had a hand in the release; such a sign-off does not count."
        if own
        else "Nobody has signed yet."
    )
    return Finding(
        status="missing",
        reason=reason,
        basis="missing",
        mend=requirement.mend,
        mend_by=requirement.owner_role,
    )
