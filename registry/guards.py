"""What the database refuses of those who had a hand in a release."""

from rai_portal.guards import Guard, append_only

GUARDS: tuple[Guard, ...] = append_only("registry_contribution")
"""Who had a hand stays named: without the row, their own approval would count."""
