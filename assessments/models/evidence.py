"""What people attest: documents, controls, sign-offs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.choices import SignOffOutcome
from rai_portal.db import ScopedQuerySet


class RequirementEvidenceQuerySet(ScopedQuerySet["RequirementEvidence"]):
    """Evidence in sight."""

    portfolio_path = "release__system__portfolio"


class RequirementEvidence(models.Model):
    """A text or file that meets a requirement; never changed, a newer one replaces it."""

    release = models.ForeignKey(
        "registry.Release", on_delete=models.PROTECT, related_name="requirement_evidence"
    )
    requirement = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    file = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    scope_digest = models.CharField(max_length=64)
    attested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    attested_at = models.DateTimeField()

    objects = RequirementEvidenceQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(text="") | Q(file__isnull=False), name="evidence_has_content"
            ),
        )

    def __str__(self) -> str:
        return f"{self.requirement} of {self.release}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.release.system.portfolio_id


class SignOffQuerySet(ScopedQuerySet["SignOff"]):
    """Sign-offs in sight."""

    portfolio_path = "release__system__portfolio"


class SignOff(models.Model):
    """A specialist's word on one requirement."""

    release = models.ForeignKey(
        "registry.Release", on_delete=models.PROTECT, related_name="sign_offs"
    )
    requirement = models.CharField(max_length=120)
    outcome = models.CharField(max_length=10, choices=SignOffOutcome.choices)
    note = models.TextField()
    scope_digest = models.CharField(max_length=64)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField()

    objects = SignOffQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome__in=SignOffOutcome.values), name="sign_off_outcome_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.requirement}: {self.outcome}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.release.system.portfolio_id
