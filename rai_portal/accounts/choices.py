"""Closed sets of values."""

from django.db import models


class Role(models.TextChoices):
    """What a person does here; a role is held in one portfolio, or in all of them."""

    ANALYST = "analyst", "Analyst"
    OWNER = "owner", "System owner"
    REVIEWER = "reviewer", "Specialist reviewer"
    BOARD = "board", "Board member"
    EXECUTIVE = "executive", "Executive"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"
    PIPELINE = "pipeline", "Pipeline"


SEES_ALL = (Role.AUDITOR, Role.ADMINISTRATOR)
"""These roles read every portfolio; neither changes the governed record."""

JUDGES = (Role.REVIEWER, Role.BOARD, Role.EXECUTIVE)
"""These roles judge what others did; two administrators give them and take them away."""

GIVEN_BY_TWO = (*JUDGES, Role.ADMINISTRATOR)
"""Who could make an administrator alone would soon be two administrators."""

CHANGES_REGISTRY = (Role.ANALYST, Role.OWNER)
"""These roles register systems, keep risks, plan and run."""


class RoleChange(models.TextChoices):
    """What a proposal asks for."""

    GRANT = "grant", "Give"
    REVOKE = "revoke", "Take from"


class Scope(models.TextChoices):
    """What an API token may do."""

    READ = "read", "Read"
    RUN = "run", "Read and start runs"
    WRITE = "write", "Read, change the registry and start runs"
