"""What the database refuses of those who had a hand in a release, a system or a mitigation."""

from rai_portal.guards import Event, Guard, append_only
from registry.hands import in_mitigation

GUARDS: tuple[Guard, ...] = append_only("registry_contribution", "id", "release_id,user_id,act")
"""Who had a hand stays named, since then: without the row, their own approval would count."""

SYSTEM_GUARDS: tuple[Guard, ...] = append_only(
    "registry_systemcontribution", "id", "system_id,user_id,act"
)

_BY_ITS_OWN = "(NEW.verified_by_id IN (NEW.created_by_id, NEW.owner_id) OR " + (
    in_mitigation(mitigation="NEW.id", person="NEW.verified_by_id") + ")"
)
_EVENTS: tuple[tuple[Event, str], ...] = (
    ("INSERT", ""),
    ("UPDATE", " OR OLD.owner_id = NEW.verified_by_id"),
)

MITIGATION_GUARDS: tuple[Guard, ...] = tuple(
    Guard(
        name=f"mitigation_verified_by_second_{event.lower()}",
        table="registry_mitigation",
        event=event,
        condition=f"NEW.status = 'verified' AND ({_BY_ITS_OWN}{given_away})",
        message="a mitigation is verified by a second person",
    )
    for event, given_away in _EVENTS
)
"""Former owners are named in the ledger's payloads alone: those the services bar."""
