"""People, portfolios, memberships and proposals of them, tokens, counts that processes share."""

from rai_portal.accounts.models.portfolio import Membership, Portfolio
from rai_portal.accounts.models.proposal import RoleProposal
from rai_portal.accounts.models.shared_count import SharedCount
from rai_portal.accounts.models.token import ApiToken
from rai_portal.accounts.models.user import User

__all__ = ["ApiToken", "Membership", "Portfolio", "RoleProposal", "SharedCount", "User"]
