"""Which papers a memo calls its own."""

from __future__ import annotations

import datetime as dt

import pytest

from assessments.documents.reading import read_dossier
from registry.models import Release
from tests.assessments.world import TIER_1, attested, tiered
from tests.factories import People, make_release

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 24, 17, 0, tzinfo=dt.UTC)
DATASHEET, NOTICE = "documents.datasheet", "transparency.notice"


def test_evidence_of_an_earlier_release_stands_only_where_it_counts_and_says_so(
    people: People, release: Release
) -> None:
    later = make_release(release.system, "2.0", by=people.analyst)
    tiered(later, people.analyst, TIER_1)
    attested(release, DATASHEET, people.analyst)  # bound to the scope: it counts for 1.x alone
    notice = attested(release, NOTICE, people.analyst)  # bound to the system
    first = attested(later, DATASHEET, people.analyst)
    second = attested(later, DATASHEET, people.analyst)

    filed = read_dossier(later, at=AT).filed
    assert [item.label for item in filed] == [
        f"Evidence {notice.pk}, of release {release.version}",
        f"Evidence {first.pk}, replaced by {second.pk}",
        f"Evidence {second.pk}",
    ]
