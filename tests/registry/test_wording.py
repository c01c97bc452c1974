"""Words that every room puts together alike."""

from __future__ import annotations

import pytest

from registry.wording import listed


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((), ""),
        (("race",), "race"),
        (("race", "sex"), "race and sex"),
        (("race", "sex", "age"), "race, sex and age"),
    ],
)
def test_the_last_part_is_joined_by_and(parts: tuple[str, ...], text: str) -> None:
    assert listed(iter(parts)) == text
