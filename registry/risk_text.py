"""The digest of what a risk says and how it is rated: what an acceptance is bound to. Pure."""

from __future__ import annotations

from typing import Any

from rai_portal.db import canonical_digest

JUDGED = (
    "title",
    "cause",
    "event",
    "harm",
    "affected_groups",
    "dimension",
    "inherent_likelihood",
    "inherent_severity",
    "current_likelihood",
    "current_severity",
    "rating_rationale",
    "rating_evidence_id",
)
"""Columns of a risk that a person takes when taking the risk; not who owns it, or when it is due."""


def risk_digest(risk: Any) -> str:
    """SHA-256 (hex) over text and rating of a row of risks: change either and it changes."""
    return canonical_digest({name: getattr(risk, name) for name in JUDGED})
