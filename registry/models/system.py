"""What people are affected by."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from rai_portal.db import ScopedQuerySet
from registry.choices import Kind, LifecycleStage


class AISystemQuerySet(ScopedQuerySet["AISystem"]):
    """Systems in sight."""


class AISystem(models.Model):
    """An AI system; it has releases."""

    portfolio = models.ForeignKey(
        "accounts.Portfolio", on_delete=models.PROTECT, related_name="systems"
    )
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    stage = models.CharField(
        max_length=12, choices=LifecycleStage.choices, default=LifecycleStage.PROPOSED
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_systems"
    )
    purpose = models.TextField()
    intended_use = models.TextField(blank=True)
    out_of_scope_uses = models.TextField("out-of-scope uses", blank=True)
    affected_groups = models.TextField(blank=True)
    users = models.TextField("who uses it", blank=True)
    decisions = models.TextField("decisions it takes part in", blank=True)
    jurisdictions = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AISystemQuerySet.as_manager()

    class Meta:
        verbose_name = "AI system"
        ordering = ("name", "pk")
        indexes = (models.Index(fields=("portfolio", "name"), name="system_portfolio_name"),)
        constraints = (
            models.UniqueConstraint(
                fields=("portfolio", "name"),
                name="system_name_once",
                violation_error_message="This portfolio has a system of that name already.",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="system_kind_known"),
            models.CheckConstraint(
                condition=Q(stage__in=LifecycleStage.values), name="system_stage_known"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="system_named"),
        )

    def __str__(self) -> str:
        return self.name
