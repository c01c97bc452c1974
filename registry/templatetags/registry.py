"""What the templates of this room need beside the shared components."""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rai_portal.web.figures import page_figure
from registry.forms.data import RolesForm
from registry.models import DatasetColumn

register = template.Library()


@register.filter
def role_field(form: RolesForm, column: DatasetColumn) -> BoundField:
    """Return the field that asks for the role of a column."""
    return form[f"role_{column.position}"]


@register.filter
def edges_field(form: RolesForm, column: DatasetColumn) -> BoundField | None:
    """Return the field that asks for the edges of a column of numbers; None for another."""
    name = f"edges_{column.position}"
    return form[name] if name in form.fields else None


@register.filter
def reason(reasons: dict[str, str], column: DatasetColumn) -> str:
    """Return why a role is suggested for a column; "" where none is."""
    return reasons.get(column.name, "")


@register.filter
def dressed(field: BoundField) -> SafeString:
    """Return the control of a field in the page's dress."""
    box = isinstance(field.field.widget, forms.TextInput)
    return field.as_widget(attrs={"class": "form-control" if box else "form-select"})


@register.filter
def drawing(figure: dict[str, Any], place: int) -> SafeString:
    """Draw a column's distribution, in the theme's colours. place: keeps ids apart."""
    shown = page_figure({**figure, "key": f"column-{place}", "title": figure["column"]})
    if shown.svg:
        return shown.svg
    return format_html('<img src="{}" alt="{}">', shown.image, shown.text_alternative)


@register.filter
def type_words(profile: dict[str, Any] | None) -> str:
    """Say what a column of a profile holds: "whole number", "text"; "" before it was read."""
    if profile is None:
        return ""
    if profile["kind"] == "number":
        return "whole number" if profile["whole_numbers"] else "number"
    return {"boolean": "true or false", "time": "date or time"}.get(profile["kind"], "text")


@register.filter
def plain_number(number: float) -> str:
    """Print a number of a profile with four significant digits and thousands apart."""
    if number == round(number) and abs(number) < 1e15:
        return f"{round(number):,}"
    return f"{number:,.4g}"
