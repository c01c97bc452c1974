"""An HTML document that needs nothing beside it: styles and fonts stand inside."""

from __future__ import annotations

import re
from base64 import b64encode

from rai_portal.documents.pdf import own_asset

_LINK = re.compile(r'<link rel="stylesheet" href="asset:///(?P<name>[^"]+)">')
_FONT = re.compile(r'url\("\.\./(?P<name>dist/[^"]+\.woff2)"\)')


def standalone(html: str) -> str:
    """Return the HTML with its `asset:///` stylesheets and their fonts put inside."""

    def styled(found: re.Match[str]) -> str:
        style = own_asset(found["name"]).read_text(encoding="utf-8")
        return f"<style>\n{_FONT.sub(_font, style)}</style>"

    return _LINK.sub(styled, html)


def _font(found: re.Match[str]) -> str:
    data = b64encode(own_asset(found["name"]).read_bytes()).decode()
    return f'url("data:font/woff2;base64,{data}")'
