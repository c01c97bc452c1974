"""API tokens: only the hash is kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from rai_portal.accounts.choices import Scope


class ApiToken(models.Model):
    """A token for the API; it expires, and can never approve."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    prefix = models.CharField(max_length=12, db_index=True)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=10, choices=Scope.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(scope__in=Scope.values), name="token_scope_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.user}"
