"""Who may ask for a document, what happens when it cannot be made, and equal bytes for equals."""

from __future__ import annotations

import datetime as dt
from typing import Any
from unittest.mock import patch

import pytest

from assessments.choices import DocumentKind
from assessments.documents.reading import read_dossier
from assessments.documents.rendering import draft, make
from assessments.models import Decision, Document
from assessments.services.documents import request_document
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.models import Entry
from rai_portal.ledger.services.verify import verify
from registry.models import Release
from tests.assessments.board import asked, ready, signs
from tests.assessments.documents.rows import low_tier, made, measured
from tests.factories import People

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 24, 17, 0, tzinfo=dt.UTC)


def decided(people: People, release: Release) -> Decision:
    """A no-go of a release of which a memo and a card were asked for before."""
    ready(release, people)
    review = asked(release, people, "no_go")
    decision = signs(people.board, review, "no_go").decision
    assert decision is not None
    return decision


@pytest.mark.parametrize("role", ["auditor", "administrator", "board", "executive", "reviewer",
                                  "stranger", "pipeline"])  # fmt: skip
def test_only_analysts_and_owners_ask_for_a_document(
    people: People, release: Release, role: str
) -> None:
    with pytest.raises(NotAllowed):
        request_document(actor=getattr(people, role), release=release, kind="memo")
    assert not Document.objects.exists()


def test_an_unknown_kind_is_refused_with_a_sentence(people: People, release: Release) -> None:
    with pytest.raises(Refused, match="Choose a memo"):
        request_document(actor=people.analyst, release=release, kind="poem")


def test_asking_twice_gives_the_one_that_is_under_way(people: People, release: Release) -> None:
    first = request_document(actor=people.analyst, release=release, kind="memo")
    Document.objects.filter(pk=first.pk).update(state="running")
    assert request_document(actor=people.owner, release=release, kind="memo") == first
    assert request_document(actor=people.owner, release=release, kind="model_card") != first


def test_a_decision_gets_its_own_memo_while_an_earlier_one_is_being_written(
    people: People, release: Release
) -> None:
    first = request_document(actor=people.analyst, release=release, kind="memo")
    Document.objects.filter(pk=first.pk).update(state="running")
    second = decided(people, release).documents.get(kind="memo")
    assert second != first
    assert second.state == "queued"


def test_a_scope_that_changed_meanwhile_fails_with_a_sentence_and_keeps_nothing(
    people: People, release: Release, run_work: Any
) -> None:
    with run_work():
        document = request_document(actor=people.analyst, release=release, kind="memo")
        Release.objects.filter(pk=release.pk).update(settings={"cut_off": "0.8"})
    document.refresh_from_db()
    assert document.state == "failed"
    assert document.message.startswith("The scope of the release has changed since")
    assert document.file is None
    acts = Entry.objects.about(document).order_by("sequence").values_list("action", flat=True)
    assert list(acts) == ["document.requested", "document.failed"]


def test_a_failure_of_the_drawing_is_a_sentence_on_the_row(
    people: People, release: Release, run_work: Any
) -> None:
    with (
        patch("assessments.documents.rendering.render", side_effect=ValueError("no font")),
        run_work(),
    ):
        document = request_document(actor=people.analyst, release=release, kind="model_card")
    document.refresh_from_db()
    assert document.state == "failed"
    assert "no font" in document.message


def test_making_is_two_entries_of_an_intact_ledger(
    people: People, release: Release, run_work: Any
) -> None:
    with patch("assessments.documents.rendering.render", return_value=b"%PDF-1.7\n"):
        document = made(people, release, "memo", run_work)
    acts = Entry.objects.about(document).order_by("sequence").values_list("action", flat=True)
    assert list(acts) == ["document.requested", "document.made"]
    assert verify().intact


def test_equal_facts_give_equal_bytes_in_all_three_forms(people: People, release: Release) -> None:
    measured(release, people)
    fresh = [
        make(draft(DocumentKind.MEMO, read_dossier(Release.objects.get(pk=release.pk), at=AT)))
        for _ in range(2)
    ]
    assert fresh[0].pdf == fresh[1].pdf
    assert fresh[0].html == fresh[1].html
    assert fresh[0].record_bytes == fresh[1].record_bytes


def test_page_one_names_what_is_missing_in_a_sentence_when_much_is_open(
    people: People, release: Release
) -> None:
    measured(release, people)
    memo = draft(DocumentKind.MEMO, read_dossier(release, at=AT)).context["memo"]
    open_ones = [line for line in memo.dossier.gate.lines
                 if line.status not in {"met", "accepted", "not_applicable"}]  # fmt: skip
    assert len(memo.opened) + memo.folded_count == len(open_ones) > 9
    assert {line.status for line in memo.folded} == {"missing"}
    assert memo.opened[0].status == "failed"


def test_page_one_shows_each_open_requirement_when_few_are(
    people: People, release: Release
) -> None:
    low_tier(release, people)
    memo = draft(DocumentKind.MEMO, read_dossier(release, at=AT)).context["memo"]
    assert memo.folded == ()
    assert memo.opened
