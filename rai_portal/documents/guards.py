"""What the database refuses of stored files."""

from rai_portal.guards import Guard, append_only

GUARDS: tuple[Guard, ...] = append_only("documents_storedfile")
"""A row names bytes by their digest; with another digest it would name other bytes."""
