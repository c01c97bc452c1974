"""Samples of every component, for the page on which they are looked at and checked.

The numbers are made up for show; no page of the product reads them.
"""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.paginator import Paginator

from rai_portal.documents.figures import svg
from rai_portal.web.palette import light
from rai_portal.web.shapes import FACES

GROUPS = (("White", 0.882, 0.866, 0.897, 1681), ("Hispanic", 0.739, 0.65, 0.811, 111))


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="How people call the system. It is shown everywhere.")
    purpose = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), required=False)
    kind = forms.ChoiceField(choices=[("predictive", "Predictive model"), ("rag", "Retrieval")])
    effect = forms.ChoiceField(
        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Unknown, counts upwards")],
        widget=forms.RadioSelect,
        label="Does it decide on credit?",
        help_text="An effect on credit cannot be averaged away.",
    )
    groups = forms.MultipleChoiceField(
        choices=[("applicants", "Applicants"), ("staff", "Staff")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    confirmed = forms.BooleanField(label="I have read the limits")
    upload = forms.FileField(required=False, help_text="CSV or Parquet.")


def specification() -> dict[str, Any]:
    """Return a small dot-and-whisker chart in the light theme's colours."""
    rows = [
        {"group": group, "value": value, "low": low, "high": high, "n": n}
        for group, value, low, high, n in GROUPS
    ]
    y = {"field": "group", "type": "nominal", "title": None}
    x = {"type": "quantitative", "scale": {"domain": [0.5, 1]}, "title": "Approval rate"}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.4.json",
        "title": {"text": "White applicants: 0.88 approved", "color": light("--rai-ink")},
        "width": 360,
        "height": {"step": 36},
        "data": {"values": rows},
        "config": {
            "background": None,
            "font": "Inter, system-ui, sans-serif",
            "view": {"stroke": None},
            "axis": {"labelColor": light("--rai-ink"), "titleColor": light("--rai-ink-2")}
            | {"gridColor": light("--rai-line"), "domainColor": light("--rai-line")},
        },
        "layer": [
            {
                "mark": {"type": "rule", "color": light("--rai-accent"), "strokeWidth": 2},
                "encoding": {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 80,
                    "color": light("--rai-accent"),
                },
                "encoding": {
                    "y": y,
                    "x": {"field": "value", **x},
                    "tooltip": [{"field": "group"}, {"field": "value"}, {"field": "n"}],
                },
            },
        ],
    }


def figure(key: str, svg: str = "") -> dict[str, Any]:
    """Return a figure's record as the worker stores it."""
    return {
        "key": key,
        "title": "Approval rate by race",
        "specification": specification(),
        "text_alternative": "White 0.88 (0.87 to 0.90) of 1,681; Hispanic 0.74 (0.65 to 0.81) of 111.",
        "table": "rates",
        "svg": svg,
    }


def tables() -> list[dict[str, Any]]:
    """Return the table behind the figure."""
    return [
        {
            "key": "rates",
            "title": "Approval rate by race",
            "columns": ["Race", "Rows", "Rate", "Low", "High"],
            "rows": [[group, n, value, low, high] for group, value, low, high, n in GROUPS],
            "note": "Exact intervals, 95 %.",
        }
    ]


def outcomes() -> list[dict[str, Any]]:
    """Return outcomes with their limits: pass, inconclusive, fail, at least, not estimable."""

    def one(name: str, limit: float, direction: str, verdict: str, **inner: Any) -> dict[str, Any]:
        kind = "estimate" if "value" in inner else "not_estimable"
        facts = {"name": name, "limit": limit, "direction": direction, "verdict": verdict}
        return facts | {"outcome": {kind: inner}}

    return [
        one("Gap by sex", 0.1, "at_most", "pass", value=0.01, low=0.0, high=0.05, n=1974),
        one("True-positive gap", 0.1, "at_most", "inconclusive", value=0.183, low=0.0992, high=0.266, n=1745),
        one(
            "Gap by race", 0.1, "at_most", "fail", value=0.258, low=0.19, high=0.33, n=1989,
            simultaneous_low=0.18, simultaneous_high=0.34,
        ),
        one("Four-fifths ratio", 0.8, "at_least", "fail", value=0.708, low=0.628, high=0.798, n=1989),
        one("False positives", 0.1, "at_most", "not_estimable", reason="fewer than the 30 rows that are needed", n=26),
    ]  # fmt: skip


def steps() -> list[dict[str, Any]]:
    """Return the seven steps of a release, each in another state."""
    names = ("Scope", "Tier", "Plan", "Runs", "Risks", "Gate", "Decision")
    states = ("done", "done", "stale", "running", "attention", "blocked", "waiting")
    return [
        {"label": name, "state": state, "detail": "Detail", "current": name == "Gate", "url": "#"}
        for name, state in zip(names, states, strict=True)
    ]


def heat() -> dict[str, Any]:
    """Return a 5 × 5 heat map with a few risks."""
    severity = ("Negligible", "Minor", "Moderate", "Major", "Severe")
    likelihood = ("Almost certain", "Likely", "Possible", "Unlikely", "Rare")
    rows = []
    for place, name in enumerate(likelihood):
        cells = []
        for column, harm in enumerate(severity, start=1):
            score = (5 - place) * column
            level = 4 if score >= 16 else 3 if score >= 10 else 2 if score >= 5 else 1
            n = 2 if score in {4, 12, 20} else 0
            label = f"{n} risks: {name.lower()}, {harm.lower()}"
            cells.append({"level": level, "n": n, "url": "#", "label": label})
        rows.append({"label": name, "cells": cells})
    return {"caption": "Open risks by likelihood and severity", "columns": severity, "rows": rows}


def progress(*, ended: bool) -> dict[str, Any]:
    """Return a run's progress, going or ended."""
    return {
        "title": "Run 118",
        "url": "#",
        "ended": ended,
        "state": "succeeded" if ended else "running",
        "stage": "stored" if ended else "computing",
        "percent": 62.4,
        "done": 1240,
        "total": 1989,
        "elapsed": 12.0,
        "left": None if ended else 8.0,
        "cancel_url": "" if ended else "#",
        "note": "You may leave this page; the run goes on.",
    }


def component_samples() -> dict[str, Any]:
    """Return the context of templates/web/components.html."""
    drawn = svg(specification())
    now = datetime.datetime(2026, 11, 22, 9, 12, tzinfo=datetime.UTC)
    return {
        "faces": [{"kind": kind, "values": list(values)} for kind, values in FACES.items()],
        "outcomes": outcomes(),
        "figures": [figure("drawn", drawn), figure("undrawn")],
        "tables": tables(),
        "steps": steps(),
        "heat": heat(),
        "going": progress(ended=False),
        "ended": progress(ended=True),
        "form": SampleForm(),
        "bound": SampleForm({"again-kind": "nothing"}, prefix="again"),
        "page": Paginator(range(1, 1241), 25).page(4),
        "counts": {"failed": 2, "inconclusive": 1, "missing": 0, "met": 8},
        "tabs": [
            {"label": "Overview", "url": "#", "active": True},
            {"label": "Risks", "url": "#", "active": False, "n": 7},
        ],
        "crumbs": [
            {"label": "Systems", "url": "#"},
            {"label": "Mortgage pre-approval", "url": "#"},
        ],
        "chips": [
            {"label": "All", "url": "#", "on": True, "n": 17},
            {"label": "Open", "url": "#", "n": 7},
        ],
        "options": [("high", "High"), ("critical", "Critical")],
        "facts": [
            {"label": "Owner", "value": "Lending product"},
            {"label": "Kind", "value": "Model"},
        ],
        "bars": [
            {"label": "Tier 1", "n": 3, "percent": 21},
            {"label": "Tier 4", "n": 14, "percent": 100},
        ],
        "narrative": {
            "principle": "People who could repay should have like chances of a loan.",
            "technique": "Exact intervals for rates; for gaps what two of them reach together.",
            "limitation": "The label is what past lenders decided.",
            "decision": "Serves the go/no-go of release 1.1.",
        },
        "entries": [
            {
                "at": now,
                "actor": "Analyst 1",
                "act": "Changed the rating of R-31",
                "changes": [{"field": "Likelihood", "before": "Likely", "after": "Possible"}],
            }
        ],
        "now": now,
        "sha": "419f21bf4940c293276c2b169372c470eead3a6eb0790f39ff517f712908abcd",
    }
