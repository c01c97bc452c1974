"""What lists share: filters, order and page, all kept in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy

if TYPE_CHECKING:
    from rai_portal.web.requests import SignedInRequest

PER_PAGE = 25


def chosen(request: SignedInRequest, name: str, allowed: Sequence[str]) -> str:
    """Return the filter's value from the address; "" where it is none of those allowed."""
    value = request.GET.get(name, "")
    return value if value in allowed else ""


def number(request: SignedInRequest, name: str) -> int | None:
    """Return a whole number from the address, None where there is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def in_order[M: Model](
    rows: QuerySet[M], request: SignedInRequest, columns: Mapping[str, str]
) -> QuerySet[M]:
    """Order by `?sort=name` or `?sort=-name`; what has no value comes last."""
    asked = request.GET.get("sort", "")
    column = columns.get(asked.removeprefix("-"))
    if column is None:
        return rows
    down = asked.startswith("-")
    order = OrderBy(F(column), descending=down, nulls_last=True)
    return rows.order_by(order, "pk")


def page_of[M: Model](
    rows: QuerySet[M], request: SignedInRequest, *, size: int = PER_PAGE
) -> Page[M]:
    """Return the page that the address asks for, the nearest where there is none such."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def query(request: SignedInRequest) -> str:
    """Return the address's own query without the page, with "?" where there is one."""
    kept: Any = request.GET.copy()
    kept.pop("page", None)
    return f"?{kept.urlencode()}" if kept else ""
