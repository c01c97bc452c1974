"""Signed in, and a token's scope covers the method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from rai_portal.accounts.choices import Scope
from rai_portal.accounts.models import ApiToken

if TYPE_CHECKING:
    from rest_framework.views import APIView


class SignedInWithScope(BasePermission):
    """Sessions may do what their person may; tokens what their scope adds up to."""

    message = "This token may not do that; ask for one with a wider scope."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return whether the request may reach the view at all; services decide the rest."""
        if not request.user or not request.user.is_authenticated:
            return False
        token = request.auth
        if not isinstance(token, ApiToken) or request.method in SAFE_METHODS:
            return True
        needed = getattr(view, "token_scope", Scope.WRITE)
        if token.scope == Scope.WRITE:
            return needed in {Scope.WRITE, Scope.RUN}
        return token.scope == needed == Scope.RUN
