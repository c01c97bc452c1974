"""The record of every method: what it needs, takes, yields and cannot show.

Specifications live in light modules (`evaluations/methods/FAMILY/spec.py`) that import neither
data engines nor models; the work is named as "module:function" and imported when it is run.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from evaluations.methods.inputs import BadInput, EvaluationRequest
from evaluations.methods.results import MethodReport

type Need = Literal["labels", "predictions", "scores", "features", "model", "groups"]
type Better = Literal["higher", "lower", "nearer parity", "neither"]

FAMILIES: Mapping[str, str] = {
    "fairness": "evaluations.methods.fairness.spec",
    "attribution": "evaluations.methods.attribution.spec",
}
"""First part of a key → module that registers the family's methods."""

ENTRY_POINTS = "rai_portal.methods"
"""Group under which an installed package names its families: family = "module that registers"."""

_registered: dict[str, MethodSpec] = {}
_JSON_TYPES: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def parameter(
    default: Any,
    *,
    title: str,
    help: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    bears_on: tuple[str, ...] | None = None,
) -> Any:
    """Declare a field of a parameter dataclass with what forms, API and command show.

    bears_on: keys of the metrics whose numbers it can move; () for one that only chooses what is
    shown, None where any may move. A gate lets a plan differ from its policy only where the
    judged metric cannot move, so leave it None unless that is certain.
    """
    metadata = {
        "title": title,
        "help": help,
        "minimum": minimum,
        "maximum": maximum,
        "bears_on": bears_on,
    }
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """What one metric means. low and high: ends of its range. parity: its value at parity."""

    key: str
    title: str
    unit: str
    low: float | None
    high: float | None
    better: Better
    parity: float | None
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSpec:
    """One entry of the catalogue.

    parameters: a frozen dataclass whose fields are made with `parameter` and hold bool, int,
    float, str or a Literal of texts. execute: "module:function" taking an EvaluationRequest whose
    parameters were checked, returning a MethodReport.
    """

    key: str
    version: str
    title: str
    meaning: str
    needs: tuple[Need, ...]
    optional: tuple[Need, ...]
    parameters: type
    metrics: tuple[MetricSpec, ...]
    limits: str
    source: str
    execute: str

    def metric(self, key: str) -> MetricSpec:
        """Return what the metric means; KeyError with the method's name if it yields no such."""
        for spec in self.metrics:
            if spec.key == key:
                return spec
        message = f"{self.key} yields no metric {key}."
        raise KeyError(message)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the parameters."""
        properties = {
            field.name: _property(field, hint) for field, hint in _fields(self.parameters)
        }
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.title,
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }

    def without_bearing(self, metric: str) -> frozenset[str]:
        """Return the names of the parameters that cannot move the number of the metric."""
        return frozenset(
            field.name
            for field in dataclasses.fields(self.parameters)
            if field.metadata["bears_on"] is not None and metric not in field.metadata["bears_on"]
        )

    def parse(self, values: Mapping[str, Any]) -> Any:
        """Return the parameter dataclass filled from plain values, texts of a command included.

        Raises BadInput with a sentence for an unknown name, a wrong type or a value out of range.
        """
        fields = {field.name: (field, hint) for field, hint in _fields(self.parameters)}
        unknown = sorted(set(values) - set(fields))
        if unknown:
            known = ", ".join(fields) or "none"
            message = f"{self.key} has no parameter {unknown[0]!r}; it has: {known}."
            raise BadInput(message)
        return self.parameters(**{name: _value(*fields[name], raw) for name, raw in values.items()})

    def run(self, request: EvaluationRequest) -> MethodReport:
        """Check the parameters, import the work and do it."""
        checked = dataclasses.asdict(self.parse(request.parameters))
        module, _, function = self.execute.partition(":")
        work = cast(
            "Callable[[EvaluationRequest], MethodReport]", getattr(import_module(module), function)
        )
        return work(dataclasses.replace(request, parameters=checked))


@cache
def families() -> Mapping[str, str]:
    """Return our families and those that installed packages bring by an entry point.

    A package never takes the place of a family of ours, nor of another package: ValueError.
    """
    found = dict(FAMILIES)
    for point in entry_points(group=ENTRY_POINTS):
        if point.name in found:
            message = (
                f"The package {point.dist.name if point.dist else point.value} brings the family "
                f"{point.name!r} of evaluation methods, which is there already. Remove one of both."
            )
            raise ValueError(message)
        found[point.name] = point.value
    return found


def register(spec: MethodSpec) -> MethodSpec:
    """Enter a method into the catalogue; a key is entered once."""
    known = _registered.get(spec.key)
    if known is not None and known != spec:
        message = f"The method {spec.key} is already registered."
        raise ValueError(message)
    _registered[spec.key] = spec
    return spec


def get(key: str) -> MethodSpec:
    """Return the method's specification; BadInput names the methods there are if it is unknown."""
    module = families().get(key.partition(".")[0])
    if module is not None:
        import_module(module)
    if key not in _registered:
        known = ", ".join(spec.key for spec in all_methods())
        message = f"There is no method {key!r}; there are: {known}."
        raise BadInput(message)
    return _registered[key]


def all_methods() -> tuple[MethodSpec, ...]:
    """Return every method, sorted by key."""
    for module in families().values():
        import_module(module)
    return tuple(_registered[key] for key in sorted(_registered))


def _fields(parameters: type) -> list[tuple[dataclasses.Field[Any], Any]]:
    hints = get_type_hints(parameters)
    return [(field, hints[field.name]) for field in dataclasses.fields(parameters)]


def _property(field: dataclasses.Field[Any], hint: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"title": field.metadata["title"], "default": field.default}
    if field.metadata["help"]:
        record["description"] = field.metadata["help"]
    if get_origin(hint) is Literal:
        record |= {"type": "string", "enum": list(get_args(hint))}
    else:
        record["type"] = _JSON_TYPES[hint]
    ends = {"minimum": field.metadata["minimum"], "maximum": field.metadata["maximum"]}
    return record | {key: end for key, end in ends.items() if end is not None}


def _value(field: dataclasses.Field[Any], hint: Any, raw: Any) -> Any:
    if get_origin(hint) is Literal:
        if raw not in get_args(hint):
            choices = ", ".join(get_args(hint))
            message = f"{field.name} must be one of {choices}; got {raw!r}."
            raise BadInput(message)
        return raw
    value = _READERS[hint](field.name, raw)
    low, high = field.metadata["minimum"], field.metadata["maximum"]
    if (low is not None and value < low) or (high is not None and value > high):
        span = f"at least {low}" if high is None else f"at most {high}"
        if low is not None and high is not None:
            span = f"from {low} to {high}"
        message = f"{field.name} must be {span}; got {value}."
        raise BadInput(message)
    return value


def _whole(name: str, raw: Any) -> int:
    try:
        number = float(raw)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(raw, bool) or not number.is_integer():
        message = f"{name} must be a whole number; got {raw!r}."
        raise BadInput(message)
    return int(number)


def _number(name: str, raw: Any) -> float:
    try:
        number = float(raw)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(raw, bool) or not math.isfinite(number):
        message = f"{name} must be a number; got {raw!r}."
        raise BadInput(message)
    return number


def _switch(name: str, raw: Any) -> bool:
    text = str(raw).strip().casefold()
    if text not in {"true", "false", "1", "0", "yes", "no", "on", "off"}:
        message = f"{name} must be true or false; got {raw!r}."
        raise BadInput(message)
    return text in {"true", "1", "yes", "on"}


def _text(name: str, raw: Any) -> str:
    if not isinstance(raw, str):
        message = f"{name} must be a text; got {raw!r}."
        raise BadInput(message)
    return raw


_READERS: Mapping[type, Callable[[str, Any], Any]] = {
    bool: _switch,
    int: _whole,
    float: _number,
    str: _text,
}
