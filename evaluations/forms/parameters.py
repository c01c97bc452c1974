"""A method's parameters as form fields, made from its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from evaluations.methods import catalogue

PREFIX = "parameter_"
HIDDEN = frozenset({"level"})
"""The level follows from the look; nobody types it."""


class ParameterFields(forms.Form):
    """Mixed into a form: `add_parameters` once, then `parameters` gives what was asked."""

    _defaults: Mapping[str, Any]
    _before: Mapping[str, Any]

    def add_parameters(self, method: str, values: Mapping[str, Any]) -> None:
        """Add a field for each parameter of the method, filled with the values given."""
        properties: dict[str, dict[str, Any]] = catalogue.get(method).schema()["properties"]
        self._defaults = {name: record["default"] for name, record in properties.items()}
        self._before = values
        for name, record in properties.items():
            if name not in HIDDEN:
                field = _field(record)
                field.initial = values.get(name, record["default"])
                self.fields[PREFIX + name] = field

    def parameters(self) -> dict[str, Any]:
        """Return what was asked: what differs from the default, or was named before."""
        asked = {
            name: self.cleaned_data[PREFIX + name]
            for name in self._defaults
            if self.cleaned_data.get(PREFIX + name) is not None
        }
        return {
            name: value
            for name, value in asked.items()
            if name in self._before or value != self._defaults[name]
        }


def _field(record: Mapping[str, Any]) -> forms.Field:
    common: dict[str, Any] = {
        "label": record["title"],
        "help_text": record.get("description", ""),
        "required": False,
    }
    if "enum" in record:
        return forms.ChoiceField(choices=[(v, v) for v in record["enum"]], **common)
    if record["type"] == "boolean":
        return forms.BooleanField(**common)
    if record["type"] == "string":
        return forms.CharField(max_length=300, **common)
    ends = {
        f"{end}_value": record[f"{end}imum"] for end in ("min", "max") if f"{end}imum" in record
    }
    kind = forms.IntegerField if record["type"] == "integer" else forms.FloatField
    return kind(**{**common, "required": True}, **ends)
