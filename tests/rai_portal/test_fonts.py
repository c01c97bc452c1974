"""Charts are measured with the pages' own font."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from rai_portal.documents import figures, fonts

LABEL = "Other obligations, % of income"


def left_margin(svg: str) -> int:
    """Return how far right the plot begins: the room that its labels were given."""
    found = re.search(r"translate\((\d+),", svg)
    assert found is not None
    return int(found[1])


def chart(font: str) -> str:
    specification = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.4.json",
        "config": {"font": font, "axis": {"labelFontSize": 13, "title": None, "labelLimit": 400}},
        "width": 100,
        "data": {"values": [{"label": LABEL, "x": 1}]},
        "mark": "bar",
        "encoding": {
            "y": {"field": "label", "type": "nominal"},
            "x": {"field": "x", "type": "quantitative"},
        },
    }
    return figures.svg(specification)


def test_labels_get_the_room_that_inter_needs_not_that_of_a_stand_in():
    built = Path(settings.BASE_DIR) / "static" / "dist" / fonts.SOURCES[0]
    if not built.is_file():
        pytest.fail("static/dist holds no fonts: run the build in static/ before the tests.")
    # Inter is set wider than the fonts that stand in for it on machines without it.
    assert left_margin(chart("Inter")) > left_margin(chart("Nimbus of no machine, sans-serif"))


def test_the_unpacked_font_is_whole():
    assert fonts.register()
    folder = Path(settings.SCRATCH_ROOT) / "fonts"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["inter-latin-ext-wght-normal.ttf", "inter-latin-wght-normal.ttf"]
    assert all((folder / name).read_bytes()[:4] == b"\x00\x01\x00\x00" for name in names)
