"""Filters of API lists: strict, and silent about what others have."""

from __future__ import annotations

import pytest
from django.test import Client

from evaluations.services.runs import start_uncounted_run
from rai_portal.accounts.choices import Scope
from rai_portal.accounts.services.tokens import create_token
from registry.models import AISystem, Release
from tests.evaluations.services.cases import decisions
from tests.factories import People, make_risk, make_system


@pytest.fixture
def asks(people: People):
    _, token = create_token(actor=None, user=people.analyst, scope=Scope.READ, days=1)

    def ask(path: str):
        return Client().get(f"/api/v1/{path}", headers={"authorization": f"Token {token}"})

    return ask


def test_a_row_of_others_and_a_row_that_never_was_answer_alike(
    people: People, system: AISystem, asks
) -> None:
    hidden = make_system(
        portfolio=people.other_portfolio, owner=people.stranger, created_by=people.stranger
    )
    make_risk(hidden, by=people.stranger)
    risk = make_risk(system, by=people.analyst)
    for path in ("risks", "releases", "findings", "datasets"):
        of_others = asks(f"{path}/?system={hidden.pk}")
        of_nobody = asks(f"{path}/?system=99999999")
        assert (of_others.status_code, of_others.json()) == (200, of_nobody.json()), path
        assert of_others.json()["count"] == 0
    assert [row["id"] for row in asks(f"risks/?system={system.pk}").json()["results"]] == [risk.pk]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("runs/?counts=evil", "Give true or false."),
        ("runs/?state=evil", "evil"),
        ("risks/?system=evil", "whole number"),
        ("risks/?system=1.5", "whole number"),
        (f"risks/?system={10**30}", "less than or equal"),
        ("risks/?sytem=1", "it has: dimension, owner, state, system."),
        ("releases/?system__portfolio=1", "no filter of this name"),
    ],
)
def test_a_filter_that_cannot_be_read_is_an_error(asks, path: str, said: str) -> None:
    answer = asks(path)
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_true_and_false_choose_rows(people: People, release: Release, asks, run_work) -> None:
    with run_work():
        run = start_uncounted_run(
            actor=people.analyst,
            method="fairness.group_rates",
            dataset=decisions(people, release),
        )
    for query, found in (("", [run.pk]), ("?counts=", [run.pk]), ("?counts=False", [run.pk])):
        assert [row["id"] for row in asks(f"runs/{query}").json()["results"]] == found, query
    assert asks("runs/?counts=true").json()["results"] == []
