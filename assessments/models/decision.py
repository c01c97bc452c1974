"""Review, votes, decision and its conditions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.choices import DecisionKind, ReviewState
from rai_portal.db import ScopedQuerySet


class ReviewQuerySet(ScopedQuerySet["Review"]):
    """Reviews in sight."""

    portfolio_path = "release__system__portfolio"


class Review(models.Model):
    """An analyst's recommendation to the board, bound to the scope and the gate it was made on."""

    release = models.ForeignKey(
        "registry.Release", on_delete=models.PROTECT, related_name="reviews"
    )
    state = models.CharField(max_length=10, choices=ReviewState.choices, default=ReviewState.OPEN)
    recommendation = models.CharField(max_length=20, choices=DecisionKind.choices)
    rationale = models.TextField()
    proposed_conditions = models.JSONField(default=list, blank=True)
    session_date = models.DateField(null=True, blank=True)
    scope_digest = models.CharField(max_length=64)
    gate = models.ForeignKey("GateSnapshot", on_delete=models.PROTECT, related_name="reviews")
    recommended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recommended_at = models.DateTimeField()

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("release",), condition=Q(state="open"), name="review_one_open"
            ),
            models.CheckConstraint(
                condition=Q(recommendation__in=DecisionKind.values),
                name="review_recommendation_known",
            ),
        )

    def __str__(self) -> str:
        return f"Review of {self.release}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.release.system.portfolio_id


class VoteQuerySet(ScopedQuerySet["Vote"]):
    """Votes in sight."""

    portfolio_path = "review__release__system__portfolio"


class Vote(models.Model):
    """One signature of one board member; immutable. The database refuses a contributor's.

    roles, function: as the person held them when signing; what is granted or taken away later
    changes nothing about it.
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="votes")
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=DecisionKind.choices)
    reason = models.TextField()
    conditions = models.JSONField(default=list, blank=True)
    scope_digest = models.CharField(max_length=64)
    gate_digest = models.CharField(max_length=64)
    roles = models.JSONField(default=list, blank=True)
    function = models.CharField(max_length=80, blank=True)
    signed_at = models.DateTimeField()

    objects = VoteQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("review", "voter"),
                name="vote_once",
                violation_error_message="You have signed this review already.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DecisionKind.values), name="vote_kind_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="vote_reasoned"),
        )

    def __str__(self) -> str:
        return f"{self.voter}: {self.get_kind_display().lower()}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its review's system."""
        return self.review.release.system.portfolio_id


class DecisionQuerySet(ScopedQuerySet["Decision"]):
    """Decisions in sight."""

    portfolio_path = "release__system__portfolio"


class Decision(models.Model):
    """Go, go with conditions, no-go: immutable, bound to what the deciders saw.

    expires_on: the last day is the one before it. A no-go has none: it stands for its scope.
    seen: what stood beside the gate (risks, papers, plan, runs), as its documents tell it; empty
    where a decision is older than this record and has no memo to take it from.
    """

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="decision")
    release = models.ForeignKey(
        "registry.Release", on_delete=models.PROTECT, related_name="decisions"
    )
    kind = models.CharField(max_length=20, choices=DecisionKind.choices)
    reason = models.TextField()
    scope_digest = models.CharField(max_length=64)
    gate = models.ForeignKey("GateSnapshot", on_delete=models.PROTECT, related_name="decisions")
    policy = models.ForeignKey("PolicyVersion", on_delete=models.PROTECT, related_name="+")
    seen = models.JSONField(default=dict, blank=True)
    decided_at = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=DecisionKind.values), name="decision_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="no_go") | Q(expires_on__isnull=False),
                name="decision_approval_ends",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.release}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.release.system.portfolio_id


class DecisionConditionQuerySet(ScopedQuerySet["DecisionCondition"]):
    """Conditions in sight."""

    portfolio_path = "decision__release__system__portfolio"


class DecisionCondition(models.Model):
    """Something that must be done by a day; unmet after it, the gate blocks again."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="conditions")
    text = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_date = models.DateField()
    met_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    met_at = models.DateTimeField(null=True, blank=True)
    evidence_note = models.TextField(blank=True)

    objects = DecisionConditionQuerySet.as_manager()

    class Meta:
        ordering = ("due_date", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(met_at__isnull=True)
                | (Q(met_by__isnull=False) & ~Q(evidence_note="") & ~Q(met_by=F("owner"))),
                name="condition_met_confirmed_by_another",
            ),
        )

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.decision.release.system.portfolio_id
