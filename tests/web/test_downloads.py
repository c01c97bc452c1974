"""Files leave as attachments; what a browser shows is shut off from the portal."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from django.http import Http404, HttpResponse

from rai_portal.documents.models import StoredFile
from rai_portal.web.downloads import attachment, present, shut_off
from tests.factories import People, make_file


@pytest.fixture
def kept(people: People) -> StoredFile:
    return make_file(
        portfolio=people.portfolio, content=b"<script>alert(1)</script>", name="Grüße.html",
        media_type="text/html", by=people.analyst,
    )  # fmt: skip


def test_an_attachment_has_its_name_and_no_type_that_a_browser_would_run(kept: StoredFile) -> None:
    with closing(attachment(present(kept))) as answer:
        assert b"".join(answer) == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.html"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    with closing(attachment(kept, name="report.pdf", media_type="application/pdf")) as named:
        pass
    assert named["Content-Disposition"] == 'attachment; filename="report.pdf"'
    assert named["Content-Type"] == "application/pdf"


def test_a_page_that_is_shown_may_be_read_and_runs_nothing() -> None:
    policy = shut_off(HttpResponse("text"))["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'")
    assert "script-src" not in policy


def test_a_file_whose_bytes_are_gone_is_not_found(
    kept: StoredFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Http404, match="There is no such file"):
        present(None)
    monkeypatch.setattr(StoredFile, "path", Path("/nonexistent/file"))
    with pytest.raises(Http404, match="There is no such file"):
        present(kept)
