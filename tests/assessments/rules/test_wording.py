"""Words that rules and the pages about them put together alike."""

from __future__ import annotations

import pytest

from assessments.rules.wording import first_few, lowered, spelled


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["R-1"], "R-1"),
        (["R-1", "R-2", "R-3"], "R-1, R-2, R-3"),
        (["R-1", "R-2", "R-3", "R-4", "R-5"], "R-1, R-2, R-3 and 2 more"),
    ],
)
def test_three_are_named_and_the_others_counted(names: list[str], text: str) -> None:
    assert first_few(names) == text


def test_names_that_hold_commas_are_kept_apart_by_another_sign() -> None:
    assert first_few(["a, b", "c"], between="; ") == "a, b; c"


@pytest.mark.parametrize(
    ("text", "inside"),
    [("Add data", "add data"), ("AUC is low", "AUC is low"), ("", ""), ("A", "a")],
)
def test_within_a_sentence_abbreviations_keep_their_capitals(text: str, inside: str) -> None:
    assert lowered(text) == inside


def test_a_key_is_spelled_as_words() -> None:
    assert (spelled("human_oversight"), spelled("privacy")) == ("Human oversight", "Privacy")
