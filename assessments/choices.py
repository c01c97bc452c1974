"""Closed sets of values."""

from django.db import models


class IntakeState(models.TextChoices):
    """Whether the answers are final."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"


class DecisionKind(models.TextChoices):
    """What a board may say."""

    GO = "go", "Go"
    GO_WITH_CONDITIONS = "go_with_conditions", "Go with conditions"
    NO_GO = "no_go", "No-go"


class ReviewState(models.TextChoices):
    """Whether a review waits for votes."""

    OPEN = "open", "Open"
    DECIDED = "decided", "Decided"
    WITHDRAWN = "withdrawn", "Withdrawn"


class SignOffOutcome(models.TextChoices):
    """What a specialist says of a section."""

    SIGNED = "signed", "Signed off"
    CHANGES = "changes", "Changes requested"


class DocumentKind(models.TextChoices):
    """Documents that the portal writes."""

    MODEL_CARD = "model_card", "Model card"
    MEMO = "memo", "Go/no-go memo"
    PACK = "pack", "Evidence pack"
