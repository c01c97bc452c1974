"""Entries and the head of the chain."""

from rai_portal.ledger.models.entry import Entry, Head, Payload

__all__ = ["Entry", "Head", "Payload"]
