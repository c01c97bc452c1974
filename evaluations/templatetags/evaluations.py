"""Words and numbers of evaluations in templates."""

from __future__ import annotations

from django import template

from rai_portal.web.numbers import fixed

register = template.Library()


@register.filter
def signed(number: float) -> str:
    """Print a change with its sign: +0.04, −0.04, 0.00."""
    text = fixed(number, 2 if abs(number) >= 0.005 or number == 0 else 4)
    return f"+{text}" if number > 0 and any(sign in text for sign in "123456789") else text
