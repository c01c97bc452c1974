"""Chart specification to SVG, without a browser."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from rai_portal.documents import fonts

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def drawable(value: Any) -> Any:
    """Return the value with each character that XML cannot carry replaced by U+FFFD.

    Values of uploaded tables end in charts, and the renderer aborts its whole process on them.
    """
    match value:
        case str():
            return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
        case Mapping():
            return {drawable(key): drawable(item) for key, item in value.items()}
        case list() | tuple():
            return [drawable(item) for item in value]
    return value


def svg(specification: Mapping[str, Any]) -> str:
    """Return the Vega-Lite specification drawn as SVG text. No network, no files."""
    # The renderer takes most of a second to start: only workers pay for it.
    import vl_convert

    fonts.register()
    drawn: str = vl_convert.vegalite_to_svg(
        drawable(specification), vl_version="6.4", allowed_base_urls=[]
    )
    return drawn


def data_uri(svg_text: str) -> str:
    """Return SVG as a data URI for `<img alt>`, the form that keeps its text in tagged PDFs."""
    return "data:image/svg+xml;base64," + b64encode(svg_text.encode()).decode()
