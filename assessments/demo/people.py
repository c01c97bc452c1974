"""The people of the demo, with generated passwords in one file that only its owner may read."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from rai_portal.accounts.choices import SEES_ALL, Role
from rai_portal.accounts.models import Membership, Portfolio, User
from rai_portal.ledger.services.record import record

PORTFOLIO = "Retail credit"
WORKPLACE = "Workplace services"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who acts in the demo, by login name."""

    portfolio: Portfolio
    workplace: Portfolio
    analyst: User
    owner: User
    reviewer: User
    board: User
    board2: User
    executive: User


LOGINS: dict[str, tuple[str, Role, str]] = {
    "analyst": ("Ada Analyst", Role.ANALYST, "Responsible AI"),
    "owner": ("Oskar Owner", Role.OWNER, "Lending product"),
    "reviewer": ("Rosa Reviewer", Role.REVIEWER, "Legal and privacy"),
    "board": ("Bela Board", Role.BOARD, "Risk"),
    "board2": ("Bruno Board", Role.BOARD, "Compliance"),
    "executive": ("Edda Executive", Role.EXECUTIVE, "Management"),
    "auditor": ("Anton Auditor", Role.AUDITOR, "Internal audit"),
    "administrator": ("Agnes Administrator", Role.ADMINISTRATOR, "IT"),
    "administrator2": ("Albert Administrator", Role.ADMINISTRATOR, "IT"),
}
"""Login name → name, role, function."""


def logins_file() -> Path:
    """Where addresses and passwords are: mode 600."""
    return Path(settings.RAI_VAR) / "demo-logins.json"


def prepare_people() -> bool:
    """Make the people and the file once; return whether anything was made."""
    if logins_file().exists():
        return False
    logins = {}
    with transaction.atomic():
        portfolios = [_portfolio(PORTFOLIO), _portfolio(WORKPLACE)]
        for login, (name, role, function) in LOGINS.items():
            password = secrets.token_urlsafe(12)
            user = _person(login, name, function, password)
            _grant(user, role, portfolios)
            logins[login] = {"email": user.email, "password": password}
    _write(logins)
    return True


def cast() -> Cast:
    """Return the people, made before by `prepare_people`."""
    acting = [login for login in LOGINS if login in Cast.__dataclass_fields__]
    return Cast(
        portfolio=Portfolio.objects.get(name=PORTFOLIO),
        workplace=Portfolio.objects.get(name=WORKPLACE),
        **{login: User.objects.get(email=_email(login)) for login in acting},
    )


def _email(login: str) -> str:
    return f"{login}@demo.example"


def _portfolio(name: str) -> Portfolio:
    portfolio, made = Portfolio.objects.get_or_create(name=name)
    if made:
        record(actor=None, action="portfolio.created", subject=portfolio)
    return portfolio


def _person(login: str, name: str, function: str, password: str) -> User:
    user = User.objects.filter(email=_email(login)).first()
    if user is None:
        user = User(email=_email(login))
    user.name, user.function = name, function
    user.set_password(password)
    user.save()
    record(actor=None, action="person.added", subject=user)
    return user


def _grant(user: User, role: Role, portfolios: list[Portfolio]) -> None:
    for portfolio in [None] if role in SEES_ALL else portfolios:
        membership, made = Membership.objects.get_or_create(
            user=user, role=role, portfolio=portfolio
        )
        if made:
            record(actor=None, action="role.granted", subject=membership)


def _write(logins: dict[str, dict[str, str]]) -> None:
    path = logins_file()
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(logins, file, indent=2)
    part.replace(path)
