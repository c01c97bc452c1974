"""An HTML document that needs nothing beside it: its stylesheets stand inside."""

from __future__ import annotations

import re

from rai_portal.documents.pdf import own_asset

_LINK = re.compile(r'<link rel="stylesheet" href="asset:///(?P<name>[^"]+)">')
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")


def standalone(html: str) -> str:
    """Return the HTML with its `asset:///` stylesheets put inside; fonts fall back to the reader's."""

    def inlined(found: re.Match[str]) -> str:
        style = own_asset(found["name"]).read_text(encoding="utf-8")
        return f"<style>\n{_FONT_FACE.sub('', style)}</style>"

    return _LINK.sub(inlined, html)
