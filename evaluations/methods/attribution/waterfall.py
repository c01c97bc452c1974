"""The waterfall of one case: from the base value to the output, part by part."""

from __future__ import annotations

from collections.abc import Sequence

from evaluations.methods.attribution.explained import Case, Explained, cut_off_margin
from evaluations.methods.attribution.figures import subtitle
from evaluations.methods.attribution.tables import Step, steps
from evaluations.methods.attribution.theme import INK_2, LIMIT, LOWERS, RAISES, figure, rows_axis
from evaluations.methods.results import Figure
from evaluations.methods.wording import plain


def waterfalls(explained: Explained) -> tuple[Figure, ...]:
    """Draw every chosen case."""
    return tuple(_waterfall(explained, case) for case in explained.cases)


def _signed(value: float) -> str:
    return f"+{plain(value)}" if value >= 0 else plain(value)


def _amount(step: Step) -> str:
    return plain(step.end) if step.kind == "total" else _signed(step.end - step.start)


def _waterfall(explained: Explained, case: Case) -> Figure:
    parts = steps(explained, case)
    number = int(explained.row_numbers[case.position])
    margin = cut_off_margin(explained.objective, explained.parameters.cut_off)
    listed = "; ".join(f"{step.label}: {_amount(step)}" for step in parts)
    standing = "" if margin is None else f" The cut-off stands at {plain(margin)}."
    text = (
        f"Waterfall of row {number:,} ({case.why}) in {explained.output_name}: {listed}.{standing}"
    )
    return figure(
        key=f"shap-waterfall-{number}",
        title=_title(parts, number),
        subtitle=[
            f"Row {number:,}: {case.why}. {subtitle(explained)[0]}",
            "Not a reason code until a person confirms it.",
        ],
        text=text,
        table="cases",
        body=_body(explained, parts, margin),
    )


def _title(parts: Sequence[Step], number: int) -> str:
    inner = [step for step in parts if step.kind != "total"]
    first = max(inner[:1] or parts[:1], key=lambda step: abs(step.end - step.start))
    word = "raises" if first.kind == "up" else "lowers"
    return f"{first.label} {word} the output of row {number:,} most"


def _body(explained: Explained, parts: Sequence[Step], margin: float | None) -> dict[str, object]:
    values = [
        {
            "f": step.label,
            "a": round(step.start, 5),
            "b": round(step.end, 5),
            "kind": step.kind,
            "t": _amount(step),
        }
        for step in parts
    ]
    y = rows_axis("f", [step.label for step in parts])
    color = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": ["total", "up", "down"], "range": [INK_2, RAISES, LOWERS]},
        "legend": {
            "title": None,
            "orient": "bottom",
            "labelExpr": "{'total': 'total', 'up': 'raises the output', "
            "'down': 'lowers the output'}[datum.label]",
        },
    }
    axis = {"title": explained.output_name.capitalize(), "grid": True}
    x = {"field": "a", "type": "quantitative", "axis": axis}
    bars = {
        "mark": {"type": "bar", "height": 14},
        "encoding": {"y": y, "x": x, "x2": {"field": "b"}, "color": color},
    }
    amounts = {
        "mark": {"type": "text", "align": "right", "dx": 52},
        "encoding": {"y": y, "x": {"value": 420}, "text": {"field": "t"}},
    }
    layers = [bars, amounts]
    if margin is not None:
        layers = [*_cut_off(margin, explained.parameters.cut_off), *layers]
    return {"data": {"values": values}, "width": 420, "height": {"step": 30}, "layer": layers}


def _cut_off(margin: float, cut_off: float) -> list[dict[str, object]]:
    data = {"values": [{"x": round(margin, 6), "t": f"cut-off {plain(cut_off)}"}]}
    x = {"field": "x", "type": "quantitative"}
    rule = {"type": "rule", "strokeDash": [5, 4], "color": LIMIT, "strokeWidth": 1.5}
    label = {"type": "text", "color": LIMIT, "dy": -6, "baseline": "bottom", "fontSize": 11.5}
    return [
        {"data": data, "mark": rule, "encoding": {"x": x}},
        {
            "data": data,
            "mark": label,
            "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "t"}},
        },
    ]
