"""People, portfolios, memberships, tokens."""

from rai_portal.accounts.models.portfolio import Membership, Portfolio
from rai_portal.accounts.models.token import ApiToken
from rai_portal.accounts.models.user import User

__all__ = ["ApiToken", "Membership", "Portfolio", "User"]
