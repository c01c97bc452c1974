"""What the database itself refuses, whoever asks."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from registry.models import Contribution, Dataset, Release
from registry.services.contributions import note_contribution
from tests.factories import People, make_dataset


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM registry_contribution",
        "UPDATE registry_contribution SET user_id = user_id + 1",
        "UPDATE documents_storedfile SET sha256 = 'f'",
        "DELETE FROM documents_storedfile",
        "INSERT OR REPLACE INTO registry_contribution SELECT * FROM registry_contribution",
        "TRUNCATE registry_contribution",
    ],
)
def test_hands_and_stored_bytes_stay_as_they_were(
    people: People, release: Release, statement: str
) -> None:
    note_contribution(release=release, user=people.board, act="risk.closed")
    make_dataset(portfolio=people.portfolio, by=people.analyst)
    before = (Contribution.objects.count(), Dataset.objects.get().file.sha256)
    # A statement of the other kind of database is refused for its grammar.
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (Contribution.objects.count(), Dataset.objects.get().file.sha256) == before
