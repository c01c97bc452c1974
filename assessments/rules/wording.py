"""Words that rules and the pages about them put together alike."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 3


def first_few(names: Sequence[str], *, between: str = ", ") -> str:
    """Return the first three names, and how many more there are: "a, b, c and 2 more"."""
    named = between.join(names[:MOST_NAMED])
    rest = len(names) - MOST_NAMED
    return f"{named} and {rest} more" if rest > 0 else named


def lowered(text: str) -> str:
    """Return the text as it reads within a sentence: begun in lower case, but for abbreviations."""
    return text if text[1:2].isupper() else f"{text[:1].lower()}{text[1:]}"


def spelled(key: str) -> str:
    """Return the words of a key: "Human oversight" for "human_oversight"."""
    return key.replace("_", " ").capitalize()
