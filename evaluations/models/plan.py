"""The list of a release's checks, locked before the first run that counts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.choices import Direction, PlanState
from rai_portal.db import ScopedQuerySet, canonical_digest


class EvaluationPlanQuerySet(ScopedQuerySet["EvaluationPlan"]):
    """Plans in sight."""

    portfolio_path = "release__system__portfolio"


class EvaluationPlan(models.Model):
    """Checks of one release. Once locked, nothing in it changes; a late change is a new plan."""

    release = models.ForeignKey(
        "registry.Release", on_delete=models.PROTECT, related_name="evaluation_plans"
    )
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.DRAFT)
    policy_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True, help_text="Why a locked plan was replaced.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    locked_at = models.DateTimeField(null=True, blank=True)

    objects = EvaluationPlanQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("release", "number"), name="plan_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=PlanState.values), name="plan_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=PlanState.DRAFT)
                | (Q(locked_at__isnull=False, locked_by__isnull=False) & ~Q(digest="")),
                name="plan_locked_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"Plan {self.number} of {self.release}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.release.system.portfolio_id

    @property
    def locked(self) -> bool:
        """Whether its limits are fixed."""
        return self.state == PlanState.LOCKED

    def record(self) -> dict[str, Any]:
        """Return what locking fixes."""
        return {
            "schema": "rai-plan/1",
            "release": self.release_id,
            "number": self.number,
            "policy": self.policy_digest,
            "checks": [check.record() for check in self.checks.order_by("position", "pk")],
        }

    def computed_digest(self) -> str:
        """SHA-256 (hex) of `record`; the seed of its runs derives from it."""
        return canonical_digest(self.record())


class CheckQuerySet(ScopedQuerySet["Check"]):
    """Checks in sight."""

    portfolio_path = "plan__release__system__portfolio"

    def active(self) -> CheckQuerySet:
        """Return checks that were not taken out of the plan."""
        return self.filter(removed=False)


class Check(models.Model):
    """Method, parameters, dataset, metric and threshold."""

    plan = models.ForeignKey(EvaluationPlan, on_delete=models.PROTECT, related_name="checks")
    position = models.PositiveSmallIntegerField(default=0)
    requirement = models.CharField(
        max_length=120, blank=True, help_text="Key of the requirement it serves."
    )
    title = models.CharField(max_length=160)
    short_title = models.CharField(max_length=80)
    method = models.CharField(max_length=80)
    method_version = models.CharField(max_length=20)
    metric = models.CharField(max_length=80)
    by = models.JSONField(default=list, blank=True, help_text="Group columns of the metric.")
    edges = models.JSONField(
        null=True, blank=True,
        help_text="Edges of the bins of group columns of numbers, fixed by locking.",
    )  # fmt: skip
    reads = models.JSONField(
        null=True, blank=True,
        help_text="Columns by their part, and the favourable and positive value, fixed by locking.",
    )  # fmt: skip
    direction = models.CharField(max_length=10, choices=Direction.choices)
    threshold = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    dataset = models.ForeignKey(
        "registry.Dataset", null=True, blank=True, on_delete=models.PROTECT, related_name="checks"
    )
    proposed_by_policy = models.BooleanField(default=True)
    removed = models.BooleanField(default=False)
    adjustment_reason = models.TextField(blank=True)
    foresight = models.JSONField(
        null=True, blank=True, help_text="rai-foresight/1: what it can show; locked with the check."
    )

    volatile_fields: ClassVar[tuple[str, ...]] = ("foresight",)

    objects = CheckQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(direction__in=Direction.values), name="check_direction_known"
            ),
            models.CheckConstraint(
                condition=Q(direction=Direction.ESTIMABLE) | Q(threshold__isnull=False),
                name="check_has_threshold",
            ),
            models.CheckConstraint(
                condition=Q(removed=False) | ~Q(adjustment_reason=""),
                name="check_removed_with_reason",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.plan.portfolio_id

    @property
    def limit(self) -> float | None:
        """The threshold as numbers are compared with it; None where there is none."""
        return None if self.threshold is None else float(self.threshold)

    def record(self) -> dict[str, Any]:
        """Return what locking fixes of this check."""
        return {
            "requirement": self.requirement,
            "method": self.method,
            "method_version": self.method_version,
            "metric": self.metric,
            "by": self.by,
            **({"edges": self.edges} if self.edges else {}),
            **({"reads": self.reads} if self.reads else {}),
            "direction": self.direction,
            "threshold": None
            if self.threshold is None
            else format(self.threshold.normalize(), "f"),
            "parameters": self.parameters,
            "dataset": self.dataset.file.sha256 if self.dataset else None,
            "removed": self.removed,
            "reason": self.adjustment_reason,
        }
