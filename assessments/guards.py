"""What the database refuses of approvals, whoever asks."""

from rai_portal.guards import Event, Guard, append_only, changed, kept
from registry.hands import in_release, in_risk

RELEASE_OF_REVIEW = "(SELECT r.release_id FROM assessments_review r WHERE r.id = NEW.review_id)"
WAS_CLOSED = "OLD.granted_at IS NOT NULL OR OLD.refused_at IS NOT NULL"
DECIDES = (
    "SELECT 1 FROM accounts_membership m "
    "JOIN assessments_review v ON v.id = NEW.review_id "
    "JOIN registry_release l ON l.id = v.release_id "
    "JOIN registry_aisystem s ON s.id = l.system_id "
    "LEFT JOIN assessments_intake i ON i.release_id = l.id "
    "WHERE m.user_id = NEW.voter_id "
    "AND (m.portfolio_id IS NULL OR m.portfolio_id = s.portfolio_id) "
    "AND (m.role IN ('board', 'executive') OR (m.role = 'reviewer' AND i.tier = 4))"
)
"""A deciding role in the portfolio of the release; in the lowest tier a specialist has one too."""


_NO_JUDGE = """NOT EXISTS (
SELECT 1 FROM accounts_membership m
JOIN registry_aisystem s ON m.portfolio_id IS NULL OR m.portfolio_id = s.portfolio_id
WHERE m.user_id = {person} AND s.id = {system} AND m.role IN ({roles}))"""
_EVERY_JUDGE = "'board', 'executive', 'reviewer'"


def _no_judge(*, person: str, system: str, roles: str = _EVERY_JUDGE) -> str:
    """Return SQL that is true when the person judges nothing there; all are SQL terms."""
    return _NO_JUDGE.format(person=person, system=system, roles=roles)


RELEASE_OF_CONDITION = (
    "(SELECT d.release_id FROM assessments_decision d WHERE d.id = NEW.decision_id)"
)
ASKED = (
    "id", "release_id", "recommendation", "rationale", "proposed_conditions", "session_date",
    "scope_digest", "gate_id", "recommended_by_id", "recommended_at",
)  # fmt: skip
"""What a review puts before the board."""

SYSTEM_OF_RELEASE = "(SELECT l.system_id FROM registry_release l WHERE l.id = NEW.release_id)"
NOW_MINUTES = 10
"""So far the clocks of the web server and the database may differ."""
WRITES: tuple[Event, ...] = ("INSERT", "UPDATE")

GUARDS: tuple[Guard, ...] = (
    *append_only("assessments_policyversion", "id", "number", "digest"),
    kept("assessments_review"),
    Guard(
        name="review_stays_as_asked",
        table="assessments_review",
        event="UPDATE",
        condition=f"OLD.state <> 'open' OR {changed(*ASKED)}",
        message="a review stays as it was put before the board",
    ),
    Guard(
        # On SQLite, INSERT OR REPLACE would put another review in the place of the open one.
        name="review_open_once",
        table="assessments_review",
        event="INSERT",
        condition="NEW.state = 'open' AND EXISTS (SELECT 1 FROM assessments_review r "
        "WHERE r.release_id = NEW.release_id AND r.state = 'open')",
        message="a review of the release is open already",
    ),
    kept("assessments_decisioncondition"),
    Guard(
        name="condition_stays_as_imposed",
        table="assessments_decisioncondition",
        event="UPDATE",
        condition="OLD.met_at IS NOT NULL OR "
        + changed("decision_id", "text", "owner_id", "due_date"),
        message="a condition stays as it was imposed and as it was confirmed",
    ),
    Guard(
        name="condition_not_by_contributor",
        table="assessments_decisioncondition",
        event="UPDATE",
        condition="NEW.met_by_id IS NOT NULL AND "
        + in_release(release=RELEASE_OF_CONDITION, person="NEW.met_by_id"),
        message="who had a hand in a release confirms none of its conditions",
    ),
    Guard(
        name="condition_imposed_unmet",
        table="assessments_decisioncondition",
        event="INSERT",
        condition="NEW.met_at IS NOT NULL OR NEW.met_by_id IS NOT NULL",
        message="a condition is imposed first and confirmed later",
    ),
    *append_only("assessments_vote", "id", "review_id,voter_id"),
    Guard(
        name="vote_not_by_contributor",
        table="assessments_vote",
        event="INSERT",
        condition=in_release(release=RELEASE_OF_REVIEW, person="NEW.voter_id"),
        message="who had a hand in a release does not decide on it",
    ),
    Guard(
        name="vote_not_by_service",
        table="assessments_vote",
        event="INSERT",
        condition=(
            "EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.voter_id AND u.is_service)"
        ),
        message="a pipeline never approves",
    ),
    Guard(
        name="vote_by_board_member",
        table="assessments_vote",
        event="INSERT",
        condition=f"NOT EXISTS ({DECIDES})",
        message="only people with a deciding role sign decisions",
    ),
    Guard(
        name="vote_while_open",
        table="assessments_vote",
        event="INSERT",
        condition=(
            "NOT EXISTS (SELECT 1 FROM assessments_review r "
            "WHERE r.id = NEW.review_id AND r.state = 'open')"
        ),
        message="only open reviews are signed",
    ),
    Guard(
        name="vote_signed_now",
        table="assessments_vote",
        event="INSERT",
        # What is no time at all is not now either.
        on_sqlite=(
            "NEW.signed_at NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] *' OR "
            f"COALESCE(ABS(julianday(NEW.signed_at) - julianday('now')) * 1440.0 > {NOW_MINUTES}, 1)"
        ),
        on_postgresql=(
            "NEW.signed_at IS NULL OR ABS(EXTRACT(EPOCH FROM NEW.signed_at - clock_timestamp())) "
            f"> {NOW_MINUTES} * 60"
        ),
        message="a signature bears the time at which it is given",
    ),
    Guard(
        name="vote_for_own_function",
        table="assessments_vote",
        event="INSERT",
        condition=(
            "NOT EXISTS (SELECT 1 FROM accounts_user u "
            "WHERE u.id = NEW.voter_id AND u.function = NEW.function)"
        ),
        message="a signature bears the function of its signer",
    ),
    *append_only("assessments_decision", "id", "review_id"),
    Guard(
        name="decision_rests_on_votes",
        table="assessments_decision",
        event="INSERT",
        condition=(
            "NOT EXISTS (SELECT 1 FROM assessments_vote v WHERE v.review_id = NEW.review_id "
            "AND v.kind = NEW.kind)"
        ),
        message="a decision rests on signatures",
    ),
    *append_only("assessments_gatesnapshot"),
    *append_only("assessments_requirementevidence"),
    *append_only("assessments_signoff"),
    Guard(
        name="sign_off_not_by_contributor",
        table="assessments_signoff",
        event="INSERT",
        condition=in_release(release="NEW.release_id", person="NEW.signed_by_id"),
        message="who had a hand in a release does not sign it off",
    ),
    Guard(
        name="sign_off_by_reviewer",
        table="assessments_signoff",
        event="INSERT",
        condition=_no_judge(
            person="NEW.signed_by_id", system=SYSTEM_OF_RELEASE, roles="'reviewer'"
        ),
        message="only specialist reviewers sign off",
    ),
    Guard(
        name="exception_frozen_once_answered",
        table="assessments_exceptiongrant",
        event="UPDATE",
        condition=WAS_CLOSED,
        message="an answered exception does not change",
    ),
    Guard(
        name="exception_not_by_contributor",
        table="assessments_exceptiongrant",
        event="UPDATE",
        condition="NEW.granted_by_id IS NOT NULL AND "
        + in_release(release="NEW.release_id", person="NEW.granted_by_id"),
        message="who had a hand in a release grants no exception for it",
    ),
    Guard(
        name="exception_not_granted_when_asked",
        table="assessments_exceptiongrant",
        event="INSERT",
        condition="NEW.granted_by_id IS NOT NULL AND "
        + in_release(release="NEW.release_id", person="NEW.granted_by_id"),
        message="who had a hand in a release grants no exception for it",
    ),
    *(
        Guard(
            name=f"exception_by_judge_{event.lower()}",
            table="assessments_exceptiongrant",
            event=event,
            condition="NEW.granted_by_id IS NOT NULL AND "
            + _no_judge(
                person="NEW.granted_by_id",
                system=SYSTEM_OF_RELEASE,
            ),
            message="only people with a deciding role grant exceptions",
        )
        for event in WRITES
    ),
    kept("assessments_exceptiongrant"),
    kept("assessments_riskacceptance"),
    Guard(
        name="acceptance_by_judge",
        table="assessments_riskacceptance",
        event="INSERT",
        condition=_no_judge(
            person="NEW.accepted_by_id",
            system="(SELECT k.system_id FROM registry_risk k WHERE k.id = NEW.risk_id)",
        ),
        message="only people with a deciding role accept risks",
    ),
    Guard(
        name="acceptance_stays_as_taken",
        table="assessments_riskacceptance",
        event="UPDATE",
        condition="OLD.revoked_at IS NOT NULL OR "
        + changed(
            "risk_id",
            "likelihood",
            "severity",
            "risk_digest",
            "rationale",
            "monitoring",
            "expires_on",
            "accepted_by_id",
            "accepted_at",
            "roles",
        ),
        message="an accepted risk stays as it was taken; it can be revoked",
    ),
    Guard(
        name="acceptance_not_by_risk_author",
        table="assessments_riskacceptance",
        event="INSERT",
        condition=in_risk(risk="NEW.risk_id", person="NEW.accepted_by_id"),
        message="who wrote, changed or rated a risk does not accept it",
    ),
)
