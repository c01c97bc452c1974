"""What the database refuses of the ledger."""

from rai_portal.guards import Guard, append_only

GUARDS: tuple[Guard, ...] = (
    *append_only("ledger_entry", "sequence", "entry_hash"),
    *append_only("ledger_payload", "entry_id"),
    Guard(
        name="ledger_head_only_forward",
        table="ledger_head",
        event="UPDATE",
        condition="NEW.sequence <> OLD.sequence + 1",
        message="the head of the ledger moves forward by one",
    ),
    Guard(
        name="ledger_head_no_delete",
        table="ledger_head",
        event="DELETE",
        message="the head of the ledger stays",
    ),
)
