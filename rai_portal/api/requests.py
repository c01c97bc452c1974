"""Typed API requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.request import Request

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


class SignedInApiRequest(Request):
    """A request that `SignedInWithScope` let through: its person is one of ours."""

    user: User
