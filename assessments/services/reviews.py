"""Reviews: an analyst recommends, the board signs, the signatures settle a decision."""

from assessments.services.decisions import condition_meet
from assessments.services.recommendations import ConditionInput, recommend, withdraw
from assessments.services.votes import Ballot, Signed, SignedAlready, choices_for, vote

__all__ = [
    "Ballot",
    "ConditionInput",
    "Signed",
    "SignedAlready",
    "choices_for",
    "condition_meet",
    "recommend",
    "vote",
    "withdraw",
]
