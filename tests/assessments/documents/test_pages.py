"""Pages, downloads and API of documents: who sees them, what is noted, how files are sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from assessments.models import Document
from rai_portal.accounts.models import User
from rai_portal.ledger.models import Entry
from registry.models import Release
from tests.factories import People, make_file, make_release

pytestmark = pytest.mark.django_db
HTML = b"<!doctype html><html lang='en'><title>x</title><script>alert(1)</script></html>"


@pytest.fixture
def document(people: People, release: Release) -> Document:
    return kept(people, release)


def kept(people: People, release: Release, kind: str = "memo") -> Document:
    pack = kind == "pack"
    return Document.objects.create(
        release=release, kind=kind, scope_digest=release.scope_digest(), state="succeeded",
        file=make_file(
            portfolio=people.portfolio, content=b"%PDF-1.7\nbytes", name="memo-x.pdf",
            media_type="application/zip" if pack else "application/pdf",
        ),
        html=None if pack else make_file(
            portfolio=people.portfolio, content=HTML, name="memo-x.html", media_type="text/html"
        ),
        record={"schema": "rai-memo/1", "files": []}, created_by=people.analyst,
        ended_at=release.created_at,
    )  # fmt: skip


def sent(answer: Any) -> bytes:
    """The bytes of a file that was sent; the file is closed."""
    content = b"".join(answer)
    answer.close()
    return content


FILES = ["document_download", "document_html", "document_record"]
PAGES = ["document_detail", "document_progress", *FILES]


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_finds_no_document(
    people: People, document: Document, client_for: Callable[[User], Client], name: str
) -> None:
    before = Entry.objects.count()
    answer = client_for(people.stranger).get(reverse(name, args=[document.pk]))
    assert answer.status_code == 404
    assert Entry.objects.count() == before


def test_a_stranger_can_neither_list_nor_make(
    people: People, release: Release, client_for: Callable[[User], Client]
) -> None:
    client = client_for(people.stranger)
    page = client.get(reverse("system_documents", args=[release.system_id]))
    asked = client.post(reverse("document_make", args=[release.pk]), {"kind": "memo"})
    assert (page.status_code, asked.status_code) == (404, 404)
    assert not Document.objects.exists()


def test_an_auditor_downloads_and_does_not_make(
    people: People, document: Document, client_for: Callable[[User], Client]
) -> None:
    client = client_for(people.auditor)
    answer = client.get(reverse("document_download", args=[document.pk]))
    assert sent(answer) == b"%PDF-1.7\nbytes"
    asked = client.post(reverse("document_make", args=[document.release_id]), {"kind": "memo"})
    assert asked.status_code == 403
    assert Document.objects.count() == 1
    listed = client.get(reverse("system_documents", args=[document.release.system_id]))
    assert "Make anew" not in listed.content.decode()


@pytest.mark.parametrize(("name", "what"), [*zip(FILES, ["file", "html", "record"], strict=True)])
def test_each_download_is_noted_and_sent_so_that_no_browser_runs_it(
    people: People, document: Document, client_for: Callable[[User], Client], name: str, what: str
) -> None:
    answer = client_for(people.board).get(reverse(name, args=[document.pk]))
    assert answer.status_code == 200
    assert sent(answer)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    if name != "document_html":
        assert answer["Content-Disposition"].startswith("attachment")
    entry = Entry.objects.about(document).get()
    assert entry.action == "document.downloaded"
    assert entry.actor == people.board
    after = entry.payload.after
    assert after is not None
    assert after["details"]["what"] == what


def test_the_twin_can_be_taken_as_a_file(
    people: People, document: Document, client_for: Callable[[User], Client]
) -> None:
    address = reverse("document_html", args=[document.pk])
    answer = client_for(people.analyst).get(f"{address}?download")
    assert answer["Content-Disposition"] == 'attachment; filename="memo-x.html"'
    assert sent(answer) == HTML


def test_the_record_is_the_json_it_was_made_from(
    people: People, document: Document, client_for: Callable[[User], Client]
) -> None:
    answer = client_for(people.analyst).get(reverse("document_record", args=[document.pk]))
    assert json.loads(answer.content) == document.record


def test_a_document_that_failed_says_why_and_has_no_files(
    people: People, release: Release, client_for: Callable[[User], Client]
) -> None:
    row = Document.objects.create(
        release=release, kind="memo", scope_digest="0" * 64, state="failed",
        message="The scope of the release has changed.", created_by=people.analyst,
    )  # fmt: skip
    client = client_for(people.analyst)
    page = client.get(reverse("document_detail", args=[row.pk])).content.decode()
    assert "The scope of the release has changed." in page
    for name in FILES:
        assert client.get(reverse(name, args=[row.pk])).status_code == 404


def test_a_document_of_an_earlier_scope_says_so(
    people: People, document: Document, client_for: Callable[[User], Client]
) -> None:
    Release.objects.filter(pk=document.release_id).update(settings={"cut_off": "0.8"})
    client = client_for(people.analyst)
    page = client.get(reverse("document_detail", args=[document.pk])).content.decode()
    listed = client.get(reverse("system_documents", args=[document.release.system_id]))
    assert "The release has changed since" in page
    assert "of an earlier scope" in listed.content.decode()


def test_work_under_way_renews_its_part_and_then_the_page(
    people: People, document: Document, client_for: Callable[[User], Client]
) -> None:
    client, address = client_for(people.owner), reverse("document_progress", args=[document.pk])
    assert client.get(address)["HX-Refresh"] == "true"
    Document.objects.filter(pk=document.pk).update(state="running", stage="drawing")
    answer = client.get(address)
    assert "HX-Refresh" not in answer
    assert f'hx-get="{address}"' in answer.content.decode()


def test_making_leads_to_the_page_of_the_document(
    people: People, release: Release, client_for: Callable[[User], Client]
) -> None:
    answer = client_for(people.owner).post(
        reverse("document_make", args=[release.pk]), {"kind": "model_card"}
    )
    row = Document.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("document_detail", args=[row.pk])
    assert (row.kind, row.created_by) == ("model_card", people.owner)


def test_packs_of_ones_portfolios_are_listed(
    people: People, release: Release, client_for: Callable[[User], Client]
) -> None:
    row = kept(people, release, "pack")
    address = reverse("pack_list")
    link = reverse("document_download", args=[row.pk])
    assert link in client_for(people.auditor).get(address).content.decode()
    assert link not in client_for(people.stranger).get(address).content.decode()


def test_the_lists_need_no_more_queries_for_more_documents(
    people: People,
    release: Release,
    client_for: Callable[[User], Client],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = client_for(people.analyst)
    for _ in range(9):
        other = make_release(release.system, by=people.analyst)
        for kind in ("memo", "memo", "pack"):
            kept(people, other, kind)
    with django_assert_max_num_queries(45):
        client.get(reverse("system_documents", args=[release.system_id]))
    with django_assert_max_num_queries(15):
        client.get(reverse("pack_list"))


def test_the_api_lists_documents_in_sight_and_sends_their_files(
    people: People, document: Document, client_for: Callable[[User], Client]
) -> None:
    client = client_for(people.auditor)
    listed = client.get("/api/v1/documents/", {"kind": "memo"}).json()
    rows = listed["results"] if isinstance(listed, dict) else listed
    (row,) = rows
    assert row["id"] == document.pk
    assert document.file is not None
    assert row["file_sha256"] == document.file.sha256
    assert row["url"].endswith(reverse("document_detail", args=[document.pk]))
    answer = client.get(row["file_url"])
    assert sent(answer) == b"%PDF-1.7\nbytes"
    assert Entry.objects.about(document).get().action == "document.downloaded"


def test_the_api_hides_documents_from_strangers(
    people: People, document: Document, client_for: Callable[[User], Client]
) -> None:
    client = client_for(people.stranger)
    listed = client.get("/api/v1/documents/").json()
    assert (listed["results"] if isinstance(listed, dict) else listed) == []
    for path in ("", "file/", "html/"):
        assert client.get(f"/api/v1/documents/{document.pk}/{path}").status_code == 404
