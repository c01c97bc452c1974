"""The pages' components as template tags. Each tag's template says what it takes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.forms.widgets import ClearableFileInput, FileInput, Select
from django.http import QueryDict
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rai_portal.ledger.words import act_words
from rai_portal.web import numbers
from rai_portal.web.figures import page_figure, page_table
from rai_portal.web.palette import FIGURE_TOKENS
from rai_portal.web.shapes import face, shape_data_uri, shape_svg
from rai_portal.web.strips import strip_of

register = template.Library()

type Shown = dict[str, Any]


@register.inclusion_tag("components/badge.html")
def badge(kind: str, value: object, word: str = "", size: str = "") -> Shown:
    """Show a status. word: instead of the usual one ("2 failed"). size: "" or "lg"."""
    looks = face(kind, value)
    return {
        "css": f"{looks.css} rs-lg" if size == "lg" else looks.css,
        "shape": shape_svg(looks.shape),
        "word": word or looks.word,
    }


@register.simple_tag
def status_word(kind: str, value: object) -> str:
    """Return the word of a status alone, for sentences and titles."""
    return face(kind, value).word


@register.simple_tag
def shape(kind: str, value: object) -> SafeString:
    """Return the shape of a status alone; its word must stand beside it."""
    return shape_svg(face(kind, value).shape)


@register.simple_tag
def step_css(state: object) -> str:
    """Return the classes of a release step."""
    css = face("step", state).css
    return f"{css} done" if str(state) == "done" else css


@register.simple_tag
def shape_mark(kind: str, value: object) -> SafeString:
    """Draw a status's shape in a document, beside its word.

    A background, not an image: the word says what the shape says, so that a tagged PDF treats the
    shape as decoration, and no reader announces an image without a name.
    """
    return format_html(
        '<span class="shape" style="background-image: url({})"></span>', shape_data_uri(kind, value)
    )


@register.inclusion_tag("components/tally.html")
def tally(kind: str, counts: Mapping[str, int], label: str = "") -> Shown:
    """Show how many there are of each status; statuses that do not occur are left out."""
    chips = [
        {"kind": kind, "value": value, "word": f"{count:,} {face(kind, value).word.lower()}"}
        for value, count in counts.items()
        if count
    ]
    return {"chips": chips, "label": label}


@register.inclusion_tag("components/strip.html")
def strip(outcome: object, limit: float | None, direction: str, size: str = "") -> Shown:
    """Draw an estimate against its limit. direction: "at_most" or "at_least". size: "" or "lg"."""
    return {"strip": strip_of(numbers.read(outcome), limit, direction), "large": size == "lg"}


@register.inclusion_tag("components/strip.html")
def strip_numbers(
    low: float | None,
    value: float | None,
    high: float | None,
    limit: float | None,
    direction: str,
    *,
    simultaneous_low: float | None = None,
    simultaneous_high: float | None = None,
    size: str = "",
) -> Shown:
    """Draw a strip from bare numbers; nothing is drawn where one is missing."""
    reading = numbers.Reading(
        value=value,
        low=low,
        high=high,
        simultaneous_low=simultaneous_low,
        simultaneous_high=simultaneous_high,
    )
    return {"strip": strip_of(reading, limit, direction), "large": size == "lg"}


@register.filter
def estimate(outcome: object, limit: float | None = None) -> str:
    """Print "0.12 (0.05 to 0.19)"; the limit decides whether a third digit is needed."""
    return numbers.estimate_text(outcome, limit)


@register.simple_tag
def estimate_with_rows(outcome: object, limit: float | None = None) -> str:
    """Print "0.12 (0.05 to 0.19), 1,240 rows"."""
    return numbers.estimate_text(outcome, limit, rows=True)


@register.filter
def limit(number: float) -> str:
    """Print a limit: two digits, or as many as it was written with."""
    return numbers.limit_text(number)


@register.filter
def act(action: str) -> str:
    """Print what was done: "Document downloaded" for "document.downloaded"."""
    return act_words(action)


@register.filter
def count(number: int) -> str:
    """Print a whole number with thousands apart."""
    return f"{number:,}"


@register.filter
def moment(at: datetime.datetime | None) -> SafeString | str:
    """Show a moment: UTC from the server, turned to the reader's zone by times.js."""
    if at is None:
        return "–"
    at = at.astimezone(datetime.UTC) if timezone.is_aware(at) else at.replace(tzinfo=datetime.UTC)
    return format_html(
        '<time class="date" data-moment datetime="{}">{}</time>',
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        at.strftime("%Y-%m-%d %H:%M UTC"),
    )


@register.filter
def day(at: datetime.date | None) -> SafeString | str:
    """Show a day, ISO."""
    if at is None:
        return "–"
    text = at.strftime("%Y-%m-%d")
    return format_html('<time class="date" datetime="{}">{}</time>', text, text)


@register.filter
def duration(seconds: float | None) -> str:
    """Print a length of time in the one or two largest units: "4 s", "2 min 5 s", "1 h 3 min"."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 1:
        return "under 1 s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@register.filter
def digest(value: str) -> SafeString:
    """Show the first twelve digits of a digest; the whole stands in its title."""
    return format_html('<span class="mono" title="{}">{}</span>', value, value[:12])


@register.inclusion_tag("components/figure.html", takes_context=True)
def figure(
    context: Context,
    figure: object,
    tables: Iterable[object] = (),
    prefix: str = "",
    open: str = "",
) -> Shown:
    """Show a figure of a result. tables: the result's tables. open: "table" unfolds the table."""
    return {
        "figure": page_figure(figure, tables, prefix),
        "table_open": open == "table",
        "csp_nonce": context.get("csp_nonce"),
    }


@register.inclusion_tag("components/result_table.html")
def result_table(table: object, title: str = "show") -> Shown:
    """Show a result's table. title: "show", or "hide" where a heading above says the same."""
    return {"table": page_table(table), "title_hidden": title == "hide"}


def _dress(field: BoundField) -> str:
    """Give the widget Tabler's class and return which kind of control it is."""
    widget = field.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        css, control = "form-check-input", "choices"
    elif isinstance(widget, CheckboxInput):
        css, control = "form-check-input", "box"
    elif isinstance(widget, Select):
        css, control = "form-select", "line"
    else:
        css = "form-control"
        control = "file" if isinstance(widget, FileInput | ClearableFileInput) else "line"
    classes = str(widget.attrs.get("class", "")).split()
    if css not in classes:
        widget.attrs["class"] = " ".join([*classes, css])
    return control


@register.inclusion_tag("components/field.html")
def field(field: BoundField) -> Shown:
    """Show a form's field with its label, help and errors.

    A field with the attribute `conditional` is needed in the case that its help names, so it is
    marked neither as needed nor as optional.
    """
    asked = field.field.required or getattr(field.field, "conditional", False)
    return {"field": field, "control": _dress(field), "optional": not asked}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: BaseForm, *more: BaseForm, title: str = "") -> Shown:
    """Sum up the errors of one or more forms, with links to the fields; it takes the focus."""
    forms = [one for one in (form, *more) if one.is_bound and one.errors]
    return {
        "title": title or "Nothing was saved yet. Please mend:",
        "general": [error for one in forms for error in one.non_field_errors()],
        "fields": [
            {"id": bound.id_for_label or bound.auto_id, "label": bound.label, "error": error}
            for one in forms
            for bound in one
            for error in bound.errors
        ],
    }


def _address(context: Context, **changes: object) -> str:
    """Return the page's own query with changes; None takes a name out. Paging starts again."""
    query: QueryDict = context["request"].GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("components/filter_menu.html", takes_context=True)
def filter_menu(
    context: Context, name: str, label: str, options: Sequence[tuple[object, str]]
) -> Shown:
    """Show a filter as a chip that opens its choices; the choice lives in the address."""
    current = context["request"].GET.get(name, "")
    chosen = next((text for value, text in options if str(value) == current), "")
    return {
        "label": label,
        "chosen": chosen,
        "clear": _address(context, **{name: None}),
        "options": [
            {"text": text, "url": _address(context, **{name: value}), "on": str(value) == current}
            for value, text in options
        ],
    }


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(context: Context, name: str, label: str, css: str = "") -> Shown:
    """Show a column's heading that sorts by `?sort=name`, then `?sort=-name`."""
    current = context["request"].GET.get("sort", "")
    turned = f"-{name}" if current == name else name
    state = {name: "ascending", f"-{name}": "descending"}.get(current, "")
    return {"label": label, "css": css, "state": state, "url": _address(context, sort=turned)}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any], noun: str = "rows") -> Shown:
    """Show where a list stands and its other pages; filters are kept."""
    links = [
        {"number": number, "url": _address(context, page=number), "on": number == page.number}
        if isinstance(number, int)
        else {"number": "…", "url": "", "on": False}
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    ]
    return {"page": page, "noun": noun, "links": links if page.paginator.num_pages > 1 else []}


@register.inclusion_tag("components/meaning.html")
def meaning(term: str, text: str) -> Shown:
    """Show a term whose meaning appears on hover and on focus."""
    return {"term": term, "text": text}


@register.simple_tag
def palette_names() -> str:
    """Return the names of the tokens that figures use, for charts.js."""
    return " ".join(FIGURE_TOKENS)
