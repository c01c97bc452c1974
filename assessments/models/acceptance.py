"""Residual risk taken by a person with the right; requirements waived by one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.choices import DecisionKind, ReviewState
from rai_portal.db import ScopedQuerySet


class RiskAcceptanceQuerySet(ScopedQuerySet["RiskAcceptance"]):
    """Acceptances in sight."""

    portfolio_path = "risk__system__portfolio"


class RiskAcceptance(models.Model):
    """The rating that was accepted, why, how it is watched, and until when.

    risk_digest: of the risk's words and rating as they were taken; for others nothing is accepted.
    roles: as the person held them then; what is granted or taken away later changes nothing.
    """

    risk = models.ForeignKey("registry.Risk", on_delete=models.PROTECT, related_name="acceptances")
    likelihood = models.PositiveSmallIntegerField()
    severity = models.PositiveSmallIntegerField()
    risk_digest = models.CharField(max_length=64, blank=True)
    rationale = models.TextField()
    monitoring = models.TextField()
    expires_on = models.DateField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField()
    roles = models.JSONField(default=list, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = RiskAcceptanceQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(rationale="") & ~Q(monitoring=""), name="acceptance_reasoned"
            ),
        )

    def __str__(self) -> str:
        return f"Acceptance of {self.risk} until {self.expires_on}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its risk's system."""
        return self.risk.system.portfolio_id


class ExceptionGrantQuerySet(ScopedQuerySet["ExceptionGrant"]):
    """Exceptions in sight."""

    portfolio_path = "release__system__portfolio"


class ExceptionGrant(models.Model):
    """A requirement waived, or an inconclusive result accepted; not by who asked for it.

    roles: as the granter held them then. review: in whose deciding it was granted; with a no-go, or
    a review withdrawn, it falls. worded_by: who wrote it, where that was not who asked for it.
    """

    release = models.ForeignKey(
        "registry.Release", on_delete=models.PROTECT, related_name="exceptions"
    )
    requirement = models.CharField(max_length=120)
    status_accepted = models.CharField(max_length=16)
    scope_digest = models.CharField(max_length=64)
    reason = models.TextField()
    compensation = models.TextField(help_text="Compensating measure, or the data to collect.")
    expires_on = models.DateField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField()
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    granted_at = models.DateTimeField(null=True, blank=True)
    roles = models.JSONField(default=list, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    worded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    review = models.ForeignKey(
        "Review", null=True, blank=True, on_delete=models.PROTECT, related_name="exceptions"
    )

    objects = ExceptionGrantQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("requested_by")),
                name="exception_not_by_requester",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(compensation=""), name="exception_reasoned"
            ),
        )

    def __str__(self) -> str:
        return f"Exception for {self.requirement}"

    @property
    def fell(self) -> str:
        """Why it stands no longer though it was granted, as a clause; empty while it stands."""
        review = self.review
        if self.granted_at is None or review is None:
            return ""
        if review.state == ReviewState.WITHDRAWN:
            return "the review in which it was granted was withdrawn"
        decision = getattr(review, "decision", None)
        if decision is not None and decision.kind == DecisionKind.NO_GO:
            return "the review in which it was granted ended with a no-go"
        return ""

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.release.system.portfolio_id
