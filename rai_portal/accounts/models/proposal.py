"""Giving and taking a role that judges others: proposed by one administrator, confirmed by another."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from rai_portal.accounts.choices import Role, RoleChange
from rai_portal.accounts.models.portfolio import Portfolio

OPEN = Q(confirmed_at__isnull=True, declined_at__isnull=True)


class RoleProposalQuerySet(models.QuerySet["RoleProposal"]):
    """Proposals."""

    def open(self) -> RoleProposalQuerySet:
        """Return those that wait for an answer."""
        return self.filter(OPEN)


class RoleProposal(models.Model):
    """One change of one person's roles; it takes effect when a second administrator confirms it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="role_proposals"
    )
    change = models.CharField(max_length=10, choices=RoleChange.choices)
    role = models.CharField(max_length=20, choices=Role.choices)
    portfolio = models.ForeignKey(
        Portfolio, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    declined_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = RoleProposalQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(change__in=RoleChange.values), name="proposal_change_known"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="proposal_role_known"),
            models.CheckConstraint(
                condition=~Q(proposed_by=F("user")), name="proposal_not_for_oneself"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | (~Q(confirmed_by=F("proposed_by")) & ~Q(confirmed_by=F("user"))),
                name="proposal_confirmed_by_second",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(
                    confirmed_by__isnull=False,
                    confirmed_at__isnull=False,
                    declined_at__isnull=True,
                ),
                name="proposal_confirmed_whole",
            ),
            models.CheckConstraint(
                condition=Q(declined_by__isnull=True, declined_at__isnull=True)
                | Q(
                    declined_by__isnull=False,
                    declined_at__isnull=False,
                    confirmed_at__isnull=True,
                ),
                name="proposal_declined_whole",
            ),
            models.UniqueConstraint(
                fields=("user", "role", "portfolio"), condition=OPEN, name="proposal_open_once"
            ),
            models.UniqueConstraint(
                fields=("user", "role"),
                condition=OPEN & Q(portfolio__isnull=True),
                name="proposal_everywhere_open_once",
            ),
        )

    def __str__(self) -> str:
        return (
            f"{self.get_change_display()} {self.user}: {self.get_role_display()} in "
            f"{self.portfolio or 'all portfolios'}"
        )
