"""The person who signs in."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models

from rai_portal.accounts.choices import CHANGES_REGISTRY, SEES_ALL, Role


class UserManager(BaseUserManager["User"]):
    """Makes people by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        """Return a new person; without a password they cannot sign in until they set one."""
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the person who signs in with this address, however it is written."""
        return super().get_by_natural_key((username or "").strip().lower())

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        """Return a person with Django's superuser flag; it opens no way round any rule here."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractUser):
    """A person or a pipeline. What they may do follows from their memberships alone."""

    username = None  # type: ignore[assignment]  # the e-mail address is the name to sign in with
    email = models.EmailField("e-mail", unique=True)
    name = models.CharField(max_length=120)
    function = models.CharField(
        max_length=80,
        blank=True,
        help_text="The part of the organisation: Risk, Legal, Lending. Some decisions need two.",
    )
    is_service = models.BooleanField(
        default=False, help_text="A pipeline: it uses tokens, never approves."
    )

    volatile_fields = ("password", "last_login")
    """Neither is the ledger's: not a hash of a password, nor what every sign-in changes."""

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def grants(self) -> tuple[tuple[str, int | None], ...]:
        """(role, portfolio id or None for all), read once for each request."""
        return tuple(self.memberships.values_list("role", "portfolio_id"))

    @property
    def sees_all(self) -> bool:
        """Whether every portfolio is visible: auditors and administrators."""
        return self.is_active and any(role in SEES_ALL for role, _ in self.grants)

    @property
    def portfolio_ids(self) -> frozenset[int] | None:
        """Ids of the portfolios in sight; None for all of them."""
        if self.sees_all or any(portfolio is None for _, portfolio in self.grants):
            return None
        return frozenset(portfolio for _, portfolio in self.grants if portfolio is not None)

    def roles_in(self, portfolio_id: int | None) -> frozenset[str]:
        """Return the roles held in that portfolio, those held everywhere included."""
        return frozenset(
            role
            for role, portfolio in self.grants
            if portfolio is None or portfolio == portfolio_id
        )

    def has_role(self, *roles: Role, portfolio_id: int | None) -> bool:
        """Return whether one of the roles is held in that portfolio."""
        return self.is_active and bool(self.roles_in(portfolio_id) & set(roles))

    def may_change(self, portfolio_id: int | None) -> bool:
        """Return whether the registry of that portfolio may be changed: analysts and owners."""
        return self.has_role(*CHANGES_REGISTRY, portfolio_id=portfolio_id)

    @property
    def role_label(self) -> str:
        """The first role, for the head of the page."""
        return Role(self.grants[0][0]).label if self.grants else "No role yet"
