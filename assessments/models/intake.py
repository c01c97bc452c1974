"""Answers about a release, and the tier that follows."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.choices import IntakeState
from rai_portal.db import ScopedQuerySet


class IntakeQuerySet(ScopedQuerySet["Intake"]):
    """Intakes in sight."""

    portfolio_path = "release__system__portfolio"


class Intake(models.Model):
    """Answers under one policy version; `tier_result` is what the rule returned, whole."""

    release = models.OneToOneField(
        "registry.Release", on_delete=models.PROTECT, related_name="intake"
    )
    policy = models.ForeignKey("PolicyVersion", on_delete=models.PROTECT, related_name="intakes")
    answers = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=IntakeState.choices, default=IntakeState.DRAFT)
    tier = models.PositiveSmallIntegerField(null=True, blank=True)
    tier_result = models.JSONField(null=True, blank=True)
    rule_version = models.CharField(max_length=20, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = IntakeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(tier__isnull=True) | Q(tier__gte=1, tier__lte=4),
                name="intake_tier_one_to_four",
            ),
            models.CheckConstraint(
                condition=Q(state=IntakeState.DRAFT, tier__isnull=True)
                | Q(
                    state=IntakeState.SUBMITTED,
                    tier__isnull=False,
                    submitted_by__isnull=False,
                    tier_result__isnull=False,
                ),
                name="intake_tier_when_submitted",
            ),
        )

    def __str__(self) -> str:
        return f"Intake of {self.release}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.release.system.portfolio_id
