"""With nothing but a file of predictions, a report on screen and as PDF in three clicks."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pytest

if TYPE_CHECKING:
    from tests.journeys.conftest import NewVisitor

pytestmark = pytest.mark.xdist_group("demo")

WORKER_WITHIN = 120_000
"""Milliseconds that a worker may take while other tests keep the machine busy."""


def write_predictions(path: Path) -> None:
    """Two groups of 300: of the first 240 are approved, of the second 150."""
    rng = random.Random(20_260_101)
    rows = [("north", n < 240) for n in range(300)] + [("south", n < 150) for n in range(300)]
    rng.shuffle(rows)
    lines = ["region,predicted,defaulted"]
    lines += [f"{group},{int(yes)},{int(rng.random() < 0.2)}" for group, yes in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_file_of_predictions_becomes_a_report_in_three_clicks(
    visitor: NewVisitor, tmp_path: Path, scheme: str
) -> None:
    path = tmp_path / f"predictions-{scheme}.csv"
    write_predictions(path)
    person = visitor("analyst", scheme=scheme)
    page = person.page
    person.go("/audit/")

    page.get_by_label("CSV or Parquet file of predictions").set_input_files(path)
    person.click("Upload", "button", exact=True)
    page.get_by_role("button", name="Make the report").wait_for(timeout=WORKER_WITHIN)

    page.get_by_label("Decision or prediction").select_option("predicted")
    page.get_by_label("Favourable value").select_option("1")
    page.get_by_label("region, 2 values").check()
    page.get_by_label("What happened").select_option("")
    page.get_by_label("Legal basis").select_option(label="Published or anonymous research data")
    assert person.axe() == []
    person.click("Make the report", "button")

    page.get_by_role("button", name="Report as PDF").wait_for(timeout=WORKER_WITHIN)
    text = page.locator("main").inner_text()
    # 240 of 300 and 150 of 300: 0.80 and 0.50, a ratio of 0.625.
    assert "0.80" in text, text
    assert "0.50" in text, text
    assert person.axe() == []
    assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme

    with page.expect_download(timeout=WORKER_WITHIN) as taken:
        person.click("Report as PDF", "button")
    file = tmp_path / "report.pdf"
    taken.value.save_as(file)
    assert person.clicks == 3
    assert person.complaints == []

    with pikepdf.open(file) as pdf:
        assert str(pdf.docinfo["/Title"]).strip()
        assert str(pdf.Root.Lang).startswith("en")
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        records = [
            json.loads(one.get_file().read_bytes())
            for name, one in pdf.attachments.items()
            if name.endswith(".json")
        ]
    assert records
