"""HTML to tagged PDF/A-3a: the only room that knows WeasyPrint."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

_BROWSERS_ALONE = re.compile(r"(font-weight:\s*\d+\s+\d+|print-color-adjust:[^;}]*);?\s*")
_NARROW = re.compile(r"@media screen and \([^)]*\)")

UNDATED = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
"""Date of an attachment that names none: the clock would give other bytes each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file inside the PDF: the record that the document was made from. at: its date."""

    name: str
    content: bytes
    description: str
    media_type: str = "application/json"
    at: dt.datetime = UNDATED


def _fetcher_class() -> type[Any]:
    from weasyprint.urls import URLFetcher

    class OwnAssets(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
        """Serve our own stylesheets and fonts, and data URIs; nothing else."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            from weasyprint.urls import URLFetcherResponse

            if url.startswith("data:"):
                return super().fetch(url, headers)
            name = unquote(urlsplit(url).path)
            # An address beginning with asset: has no folders to step up from: our styles in
            # static/css name their fonts as ../dist/….
            path = own_asset(f"css/{name}" if name.startswith("../") else name)
            kind = {".css": "text/css", ".woff2": "font/woff2"}.get(path.suffix, "")
            content = path.read_bytes()
            if path.suffix == ".css":
                content = for_print(content.decode()).encode()
            return URLFetcherResponse(url, content, {"Content-Type": kind})

    return OwnAssets


def for_print(css: str) -> str:
    """Return our styles without what only browsers read, which WeasyPrint would complain of.

    That is the range of weights of a variable font (it reads the weights from the font itself),
    the printing of backgrounds, which it always does, and rules for narrow screens.
    """
    return _BROWSERS_ALONE.sub("", _NARROW.sub("@media screen", css))


def own_asset(name: str) -> Path:
    """Return the path of one of our own assets; raises ValueError for anything else."""
    root = (settings.BASE_DIR / "static").resolve()
    path = (root / name.lstrip("/")).resolve()
    inside = any(path.is_relative_to((root / part).resolve()) for part in ("css", "dist"))
    if not inside or path.suffix not in {".css", ".woff2"} or not path.is_file():
        message = f"Documents may load the portal's own styles and fonts only, not {name!r}."
        raise ValueError(message)
    return path


def render(html: str, *, attachments: tuple[Attachment, ...] = ()) -> bytes:
    """Return the PDF of an HTML document: PDF/A-3a, tagged, fonts embedded, records attached.

    Asset links in the HTML begin with `asset:///`, such as `asset:///css/documents.css`.
    Equal HTML and attachments give equal bytes.
    """
    import weasyprint

    # Cut fonts would carry the time of cutting; the font tools take this date instead of the clock.
    os.environ.setdefault("SOURCE_DATE_EPOCH", str(int(UNDATED.timestamp())))
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    document = weasyprint.HTML(string=html, base_url="asset:///", url_fetcher=_fetcher_class()())
    attached = [
        weasyprint.Attachment(
            string=item.content,
            name=item.name,
            description=item.description,
            relationship="Source",
            created=item.at,
            modified=item.at,
        )
        for item in attachments
    ]
    with warnings.catch_warnings():
        # WeasyPrint leaves the file of its colour profile to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        content: bytes = document.write_pdf(
            pdf_variant="pdf/a-3a",
            pdf_identifier=identifier,
            pdf_tags=True,
            attachments=attached,
        )
    return content
