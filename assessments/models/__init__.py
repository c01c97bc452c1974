"""Policy, intake, evidence, reviews, decisions, documents."""

from assessments.models.acceptance import ExceptionGrant, RiskAcceptance
from assessments.models.decision import Decision, DecisionCondition, Review, Vote
from assessments.models.document import Document
from assessments.models.evidence import RequirementEvidence, SignOff
from assessments.models.gate import GateSnapshot
from assessments.models.intake import Intake
from assessments.models.policy import PolicyVersion

__all__ = [
    "Decision",
    "DecisionCondition",
    "Document",
    "ExceptionGrant",
    "GateSnapshot",
    "Intake",
    "PolicyVersion",
    "RequirementEvidence",
    "Review",
    "RiskAcceptance",
    "SignOff",
    "Vote",
]
