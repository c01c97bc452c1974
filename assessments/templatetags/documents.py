"""What document templates need beyond the components of pages."""

from __future__ import annotations

from django import template

from rai_portal.web.figures import svg_data_uri

register = template.Library()

TONES = {
    "met": "good", "go": "good",
    "failed": "bad", "error": "bad", "no_go": "bad",
    "inconclusive": "unsure", "stale": "unsure", "go_with_conditions": "unsure",
    "running": "active", "measured": "active", "accepted": "active",
}  # fmt: skip


@register.filter
def tone_of(value: str) -> str:
    """Return the class that colours a status; what is absent or unknown is grey."""
    return TONES.get(value, "absent")


@register.filter
def svg_address(svg: str) -> str:
    """Return a drawing as an image address: the form that keeps its text in tagged PDFs."""
    return svg_data_uri(svg)
