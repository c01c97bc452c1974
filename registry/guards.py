"""What the database refuses of those who had a hand in a release or a system."""

from rai_portal.guards import Guard, append_only

GUARDS: tuple[Guard, ...] = append_only("registry_contribution", "id", "release_id,user_id,act")
"""Who had a hand stays named, since then: without the row, their own approval would count."""

SYSTEM_GUARDS: tuple[Guard, ...] = append_only(
    "registry_systemcontribution", "id", "system_id,user_id,act"
)
