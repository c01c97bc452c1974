"""Acts of the ledger as people read them."""

from __future__ import annotations


def act_words(action: str) -> str:
    """Return "Document downloaded" for "document.downloaded"."""
    return action.replace(".", " ").replace("_", " ").capitalize()
