"""`Authorization: Token …`: hashed, scoped, expiring."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from rai_portal.accounts.models import ApiToken, User
from rai_portal.accounts.services.tokens import find_token


class TokenAuthentication(BaseAuthentication):
    """Sign in by API token."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return (user, token), or None where the header names no token."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() not in {b"token", b"bearer"}:
            return None
        if parts[0].lower() == b"bearer":
            message = "The scheme is Token, not Bearer: Authorization: Token YOUR-TOKEN."
            raise AuthenticationFailed(message)
        if len(parts) != 2:
            message = "Send the header as: Authorization: Token YOUR-TOKEN."
            raise AuthenticationFailed(message)
        token = find_token(parts[1].decode("latin-1"))
        if token is None:
            message = "This token is unknown, expired or revoked. Make a new one."
            raise AuthenticationFailed(message)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the scheme, so that a missing token answers 401."""
        return "Token"
