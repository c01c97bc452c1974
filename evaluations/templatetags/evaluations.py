"""Words and numbers of evaluations in templates."""

from __future__ import annotations

from django import template

from evaluations.methods.results import Estimate, NotEstimable
from rai_portal.web.numbers import Reading, estimate_text, fixed, small_text

register = template.Library()


@register.filter
def signed(number: float) -> str:
    """Print a change with its sign: +0.04, −0.04, 0.00."""
    text = fixed(number, 2 if abs(number) >= 0.005 or number == 0 else 4)
    return f"+{text}" if number > 0 and any(sign in text for sign in "123456789") else text


@register.filter
def outcome(found: Estimate | NotEstimable | None) -> str:
    """Print an outcome with its own interval."""
    if not isinstance(found, Estimate):
        return estimate_text(found)
    if found.low is None and found.value and abs(found.value) < 0.005:
        return small_text(found.value)
    return estimate_text(Reading(value=found.value, low=found.low, high=found.high))
