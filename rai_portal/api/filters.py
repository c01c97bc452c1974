"""Filters of lists: a wrong one is an error, and none tells whether a row of others exists."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db import models
from django_filters import Filter  # django-filter carries no types: its classes count as Any
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from rest_framework.exceptions import ValidationError

OF_EVERY_LIST = frozenset({"page", "page_size", "format"})


class YesNoField(forms.Field):
    """True or false in words of JSON; anything else is an error, where Django reads it as no value."""

    def to_python(self, value: Any) -> bool | None:
        """Return the truth value, None for nothing."""
        if value in {None, ""}:
            return None
        known = {"true": True, "false": False}
        found = known.get(str(value).lower())
        if found is None:
            message = "Give true or false."
            raise forms.ValidationError(message)
        return found


class IdField(forms.IntegerField):
    """A whole number that a database can hold; rows begin at 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, **options)


class IdFilter(Filter):  # type: ignore[misc]
    """A filter on the number of a related row."""

    field_class = IdField


class YesNoFilter(Filter):  # type: ignore[misc]
    """A filter on a truth value."""

    field_class = YesNoField


class ListFilterSet(FilterSet):  # type: ignore[misc]
    """What the lists have in common.

    A related row is named by its number alone: asking for one that is out of sight and for one
    that never was gives the same empty list.
    """

    FILTER_DEFAULTS: ClassVar[dict[type[models.Field[Any, Any]], dict[str, Any]]] = {
        **FilterSet.FILTER_DEFAULTS,
        models.ForeignKey: {"filter_class": IdFilter},
        models.BooleanField: {"filter_class": YesNoFilter},
    }


class ListFilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Refuses a name that the list has no filter for: a slip of the pen must not list everything."""

    filterset_base = ListFilterSet

    def get_filterset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Return the filters of the list; ValidationError for an unknown one."""
        found = super().get_filterset(request, queryset, view)
        known = set(found.filters) if found is not None else set()
        unknown = sorted(set(request.query_params) - known - OF_EVERY_LIST)
        if unknown:
            names = ", ".join(sorted(known)) or "none"
            message = f"This list has no filter of this name; it has: {names}."
            raise ValidationError({unknown[0]: [message]})
        return found
