"""Colours of the tokens, read from the one file that pages and documents share."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.conf import settings

type Colours = dict[str, str]

_RULE = re.compile(r"(?P<selector>[^{}]+)\{(?P<body>[^{}]*)\}")
_COLOUR = re.compile(r"(--rai-[a-z0-9-]+):\s*(#[0-9a-fA-F]{6})\b")

FIGURE_TOKENS = (
    "--rai-paper",
    "--rai-ground",
    "--rai-line",
    "--rai-line-strong",
    "--rai-ink",
    "--rai-ink-2",
    "--rai-accent",
    "--rai-accent-bg",
    "--rai-good",
    "--rai-good-bg",
    "--rai-bad",
    "--rai-bad-bg",
    "--rai-unsure",
    "--rai-unsure-bg",
    "--rai-absent",
    "--rai-absent-bg",
    "--rai-risk-1",
    "--rai-risk-2",
    "--rai-risk-3",
    "--rai-risk-4",
    "--rai-fig-low",
    "--rai-fig-mid",
    "--rai-fig-high",
    "--rai-fig-a",
    "--rai-fig-b",
    "--rai-fig-c",
)
"""Tokens that a chart's specification may use, by their light value; the first of equals wins."""


@cache
def themes() -> tuple[Colours, Colours]:
    """Return the light and the dark colours by token name."""
    text = (Path(settings.BASE_DIR) / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found: dict[str, Colours] = {"light": {}, "dark": {}}
    for rule in _RULE.finditer(text):
        theme = "dark" if "dark" in rule["selector"] else "light"
        found[theme].update(
            (name, colour.lower()) for name, colour in _COLOUR.findall(rule["body"])
        )
    return found["light"], found["dark"]


def light(token: str) -> str:
    """Return the light colour of a token, for documents. KeyError when there is no such token."""
    return themes()[0][token]


@cache
def variables() -> Colours:
    """Return, for each light colour that figures use, the CSS variable that it stands for."""
    pairs = [(light(token), f"var({token})") for token in FIGURE_TOKENS]
    return dict(reversed(pairs))
