"""Typed requests: views behind sign-in know that their person is one of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request of somebody who is signed in; LoginRequiredMiddleware lets no other through."""

    user: User
