"""Portfolios limit sight; memberships give roles in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from rai_portal.accounts.choices import Role
from rai_portal.db import ScopedQuerySet


class PortfolioQuerySet(ScopedQuerySet["Portfolio"]):
    """Portfolios in sight."""

    portfolio_path = "pk"


class Portfolio(models.Model):
    """A part of the organisation whose systems belong together."""

    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PortfolioQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A role of a person in one portfolio, or in all where none is named."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    portfolio = models.ForeignKey(
        Portfolio, null=True, blank=True, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=Role.choices)
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "portfolio", "role"), name="membership_once"),
            models.UniqueConstraint(
                fields=("user", "role"),
                condition=models.Q(portfolio__isnull=True),
                name="membership_everywhere_once",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} in {self.portfolio or 'all portfolios'}"
