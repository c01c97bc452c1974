"""What happens on the pages of one's own account, brought to the ledger."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import (
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
)
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import Signal

from rai_portal.accounts.models import User
from rai_portal.accounts.services.sessions import note_act

ACTS: tuple[tuple[Signal, str], ...] = (
    (user_logged_in, "session.signed_in"),
    (password_changed, "person.password_changed"),
    (password_set, "person.password_changed"),
    (password_reset, "person.password_reset"),
    (authenticator_added, "person.second_factor_added"),
    (authenticator_removed, "person.second_factor_removed"),
    (authenticator_reset, "person.second_factor_changed"),
)


def connect() -> None:
    """Listen; called once when the portal starts."""
    for signal, action in ACTS:

        def note(user: User, act: str = action, **_: Any) -> None:
            note_act(user, act)

        signal.connect(note, weak=False, dispatch_uid=f"ledger:{id(signal)}")
