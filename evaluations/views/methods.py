"""The catalogue of methods, and what each can and cannot show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evaluations.methods import catalogue
from evaluations.methods.inputs import BadInput

if TYPE_CHECKING:
    from django.http import HttpResponse

    from evaluations.methods.catalogue import MethodSpec
    from rai_portal.web.requests import SignedInRequest

NEEDS = {
    "labels": "a label column",
    "predictions": "a prediction column",
    "scores": "a score column",
    "features": "the model's features",
    "model": "a model",
    "groups": "sensitive columns",
}

COMPARED = ("_difference", "_ratio")
"""Endings of metrics that compare groups."""


@require_GET
def method_list(request: SignedInRequest) -> HttpResponse:
    """List every method of the catalogue."""
    rows = [{"spec": spec, "needs": _needs(spec.needs)} for spec in catalogue.all_methods()]
    return render(request, "evaluations/method_list.html", {"methods": rows})


@require_GET
def method_detail(request: SignedInRequest, key: str) -> HttpResponse:
    """Show what a method needs, takes, yields and cannot show, and its formulas."""
    try:
        spec = catalogue.get(key)
    except BadInput as error:
        raise Http404(str(error)) from error
    context = {
        "spec": spec,
        "needs": _needs(spec.needs),
        "optional": _needs(spec.optional),
        "parameters": _parameters(spec),
        "formulas": _document(spec.key),
        "measured": [item for item in spec.metrics if not item.key.endswith(COMPARED)],
        "compared": [item for item in spec.metrics if item.key.endswith(COMPARED)],
    }
    return render(request, "evaluations/method_detail.html", context)


def _needs(needs: tuple[str, ...]) -> str:
    return ", ".join(NEEDS.get(need, need) for need in needs)


def _parameters(spec: MethodSpec) -> list[dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = spec.schema()["properties"]
    return [
        {"name": name, **record, "range": _range(record)} for name, record in properties.items()
    ]


def _range(record: dict[str, Any]) -> str:
    if "enum" in record:
        return ", ".join(map(str, record["enum"]))
    low, high = record.get("minimum"), record.get("maximum")
    if low is None and high is None:
        return {"boolean": "yes or no", "string": "any text"}.get(record["type"], "any number")
    if high is None:
        return f"at least {low:,}"
    return f"at most {high:,}" if low is None else f"{low:,} to {high:,}"


def _document(key: str) -> str:
    """Return the method's page of docs/methods, or "" where it has none."""
    name = key.replace(".", "-").replace("_", "-")
    path = Path(settings.BASE_DIR) / "docs" / "methods" / f"{name}.md"
    return path.read_text(encoding="utf-8") if path.is_file() else ""
