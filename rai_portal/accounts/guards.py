"""What the database refuses of roles: who watches does not act, and judges are made by two."""

from rai_portal.guards import Event, Guard, changed, kept

_APART = (
    "EXISTS (SELECT 1 FROM accounts_membership m WHERE m.user_id = NEW.user_id "
    "AND m.id IS DISTINCT FROM NEW.id AND (m.role IN ('auditor', 'administrator')) "
    "<> (NEW.role IN ('auditor', 'administrator')))"
)
_ADMINISTERS = (
    "EXISTS (SELECT 1 FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id "
    "WHERE m.user_id = {person} AND m.role = 'administrator' AND m.portfolio_id IS NULL "
    "AND u.is_active)"
)
_SAME_IS_OPEN = (
    "EXISTS (SELECT 1 FROM accounts_roleproposal p WHERE p.user_id = NEW.user_id "
    "AND p.role = NEW.role AND NOT (p.portfolio_id IS DISTINCT FROM NEW.portfolio_id) "
    "AND p.confirmed_at IS NULL AND p.declined_at IS NULL)"
)
_EVENTS: tuple[Event, ...] = ("INSERT", "UPDATE")

GUARDS: tuple[Guard, ...] = (
    *(
        Guard(
            name=f"membership_apart_{event.lower()}",
            table="accounts_membership",
            event=event,
            condition=_APART,
            message="auditors and administrators hold no acting role",
        )
        for event in _EVENTS
    ),
    Guard(
        name="membership_stays_as_given",
        table="accounts_membership",
        event="UPDATE",
        condition=changed("user_id", "role", "portfolio_id"),
        message="a role is given and taken away, never rewritten",
    ),
    kept("accounts_roleproposal"),
    Guard(
        name="proposal_stays_as_made",
        table="accounts_roleproposal",
        event="UPDATE",
        condition="OLD.confirmed_at IS NOT NULL OR OLD.declined_at IS NOT NULL OR "
        + changed(
            "id", "user_id", "change", "role", "portfolio_id", "proposed_by_id", "proposed_at"
        ),
        message="a proposal stays as it was made and as it was answered",
    ),
    Guard(
        name="proposal_made_open",
        table="accounts_roleproposal",
        event="INSERT",
        condition="NEW.confirmed_at IS NOT NULL OR NEW.declined_at IS NOT NULL",
        message="a proposal is made first and answered later",
    ),
    Guard(
        name="proposal_open_once_replace",
        table="accounts_roleproposal",
        event="INSERT",
        condition=_SAME_IS_OPEN,
        message="the same proposal is open",
    ),
    Guard(
        name="proposal_by_administrator",
        table="accounts_roleproposal",
        event="INSERT",
        condition=f"NOT {_ADMINISTERS.format(person='NEW.proposed_by_id')}",
        message="only administrators propose roles",
    ),
    Guard(
        name="proposal_confirmed_by_administrators",
        table="accounts_roleproposal",
        event="UPDATE",
        condition="NEW.confirmed_by_id IS NOT NULL AND NOT ("
        + " AND ".join(
            _ADMINISTERS.format(person=person)
            for person in ("NEW.confirmed_by_id", "NEW.proposed_by_id")
        )
        + ")",
        message="two administrators give and take roles that judge",
    ),
)
