"""Readers of settings from the environment; a bad value stops the start with a sentence."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})


def text(name: str, default: str = "") -> str:
    """Return the variable's text, or the default where it is not set."""
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    """Return a yes or no; anything else is refused."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    if raw.lower() in TRUE:
        return True
    if raw.lower() in FALSE:
        return False
    message = f"{name} must be 1 or 0; it is {raw!r}."
    raise ImproperlyConfigured(message)


def number(name: str, default: int, *, low: int, high: int) -> int:
    """Return a whole number between low and high; anything else is refused."""
    raw = os.environ.get(name, "")
    if not raw:
        return default
    if not raw.isdecimal() or not low <= int(raw) <= high:
        message = f"{name} must be a whole number from {low} to {high}; it is {raw!r}."
        raise ImproperlyConfigured(message)
    return int(raw)


def names(name: str, default: str = "") -> list[str]:
    """Return a list written with commas."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def secret(name: str, keeper: Path) -> str:
    """Return the secret from the environment, else from a file of mode 600, made on first use."""
    given = os.environ.get(name)
    if given:
        return given
    keeper.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(keeper, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return keeper.read_text(encoding="utf-8").strip()
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(64))
    return keeper.read_text(encoding="utf-8").strip()


SQLITE_OPTIONS: dict[str, Any] = {
    # IMMEDIATE: a writer waits for the lock at BEGIN instead of failing at its first write.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=134217728;"
    ),
}


def database(url: str, default_file: Path) -> dict[str, Any]:
    """Return Django's database settings for DATABASE_URL, or SQLite in the default file."""
    if not url:
        default_file.parent.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(default_file),
            "OPTIONS": dict(SQLITE_OPTIONS),
        }
    parts = urlsplit(url)
    if parts.scheme in {"sqlite", "sqlite3"}:
        return database("", Path(unquote(parts.path)))
    if parts.scheme not in {"postgres", "postgresql"}:
        message = (
            "DATABASE_URL must begin with postgresql:// or sqlite:///; "
            f"it begins with {parts.scheme!r}."
        )
        raise ImproperlyConfigured(message)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 20}}
        | dict(parse_qsl(parts.query)),
    }
