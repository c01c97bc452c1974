"""Chart specification to SVG, without a browser."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from rai_portal.documents import fonts


def svg(specification: Mapping[str, Any]) -> str:
    """Return the Vega-Lite specification drawn as SVG text. No network, no files."""
    # The renderer takes most of a second to start: only workers pay for it.
    import vl_convert

    fonts.register()
    drawn: str = vl_convert.vegalite_to_svg(
        dict(specification), vl_version="6.4", allowed_base_urls=[]
    )
    return drawn


def data_uri(svg_text: str) -> str:
    """Return SVG as a data URI for `<img alt>`, the form that keeps its text in tagged PDFs."""
    return "data:image/svg+xml;base64," + b64encode(svg_text.encode()).decode()
