"""Policies that ship with the portal, as text, and the schema that a policy must satisfy."""

from __future__ import annotations

from importlib import resources

POLICY_1 = "policy-1.yaml"


def shipped_text(name: str = POLICY_1) -> str:
    """Return the text of a shipped policy file, ready for `load_policy`."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def schema_text() -> str:
    """Return the JSON Schema of the format `rai-policy/1`."""
    return resources.files(__name__).joinpath("schema.json").read_text(encoding="utf-8")
