"""Closed sets of values."""

from django.db import models


class PlanState(models.TextChoices):
    """Whether thresholds may still move."""

    DRAFT = "draft", "Draft"
    LOCKED = "locked", "Locked"


class Direction(models.TextChoices):
    """Which side of the threshold is within the limit."""

    AT_MOST = "at_most", "At most"
    AT_LEAST = "at_least", "At least"
    ESTIMABLE = "estimable", "Estimable for every group"


class VerdictWord(models.TextChoices):
    """What a check says; only pass counts as met."""

    PASS = "pass", "Pass"
    FAIL = "fail", "Fail"
    INCONCLUSIVE = "inconclusive", "Inconclusive"
    NOT_ESTIMABLE = "not_estimable", "Not estimable"
    ERROR = "error", "Error"


class Severity(models.IntegerChoices):
    """How bad a finding is; Sev1 is worst."""

    SEV1 = 1, "Sev1"
    SEV2 = 2, "Sev2"
    SEV3 = 3, "Sev3"
    SEV4 = 4, "Sev4"


class FindingState(models.TextChoices):
    """Whether a finding is settled."""

    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"
