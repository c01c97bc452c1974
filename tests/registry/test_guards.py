"""What the database itself refuses, whoever asks."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from registry.models import Contribution, Dataset, Release, SystemContribution
from registry.services.contributions import note_contribution, note_contribution_to_system
from tests.factories import People, make_dataset


def _kept() -> tuple[object, ...]:
    return (
        *Contribution.objects.values_list("user_id", "act", "at"),
        *SystemContribution.objects.values_list("user_id", "act", "at"),
        Dataset.objects.get().file.sha256,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM registry_contribution",
        "UPDATE registry_contribution SET user_id = user_id + 1",
        "UPDATE documents_storedfile SET sha256 = 'f'",
        "DELETE FROM documents_storedfile",
        "INSERT OR REPLACE INTO registry_contribution SELECT * FROM registry_contribution",
        "INSERT OR REPLACE INTO registry_contribution (release_id, user_id, act, at) "
        "SELECT release_id, user_id, act, '2099-01-01' FROM registry_contribution",
        "TRUNCATE registry_contribution",
        "DELETE FROM registry_systemcontribution",
        "UPDATE registry_systemcontribution SET at = '2099-01-01'",
        "INSERT OR REPLACE INTO registry_systemcontribution (system_id, user_id, act, at) "
        "SELECT system_id, user_id, act, '2099-01-01' FROM registry_systemcontribution",
        "TRUNCATE registry_systemcontribution",
    ],
)
def test_hands_and_stored_bytes_stay_as_they_were(
    people: People, release: Release, statement: str
) -> None:
    note_contribution(release=release, user=people.board, act="risk.closed")
    make_dataset(portfolio=people.portfolio, by=people.analyst)
    note_contribution_to_system(system=release.system, user=people.board, act="audit.attached")
    before = _kept()
    # A statement of the other kind of database is refused for its grammar.
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert _kept() == before
