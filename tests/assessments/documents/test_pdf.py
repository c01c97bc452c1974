"""Memo and model card as files: tagged, embedded, with the record inside, and saying what counts."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pikepdf
import pypdfium2
import pytest

from assessments.models import Document
from registry.models import Release
from tests.assessments.documents.rows import ALTERNATIVE, low_tier, made, measured, recommended
from tests.factories import People

pytestmark = pytest.mark.django_db


def pages_of(document: Document) -> list[str]:
    assert document.file is not None
    with pypdfium2.PdfDocument(document.file.path.read_bytes()) as pdf:
        return [
            " ".join(page.get_textpage().get_text_bounded().split())
            for page in (pdf[number] for number in range(len(pdf)))
        ]


def opened(document: Document) -> pikepdf.Pdf:
    assert document.file is not None
    return pikepdf.open(io.BytesIO(document.file.path.read_bytes()))


def alternatives(pdf: pikepdf.Pdf) -> list[str]:
    return [
        str(item["/Alt"])
        for item in pdf.objects
        if isinstance(item, pikepdf.Dictionary) and "/Alt" in item
    ]


def font_names(pdf: pikepdf.Pdf) -> list[str]:
    return [
        str(item["/FontName"])
        for item in pdf.objects
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
    ]


def fonts_without_file(pdf: pikepdf.Pdf) -> list[str]:
    return [
        str(item["/FontName"])
        for item in pdf.objects
        if isinstance(item, pikepdf.Dictionary)
        and item.get("/Type") == "/FontDescriptor"
        and not any(key in item for key in ("/FontFile", "/FontFile2", "/FontFile3"))
    ]


@pytest.mark.parametrize(
    ("kind", "title"), [("memo", "Go/no-go memo"), ("model_card", "Model card")]
)
def test_the_pdf_is_tagged_archival_and_carries_its_record(
    people: People, release: Release, run_work: Any, kind: str, title: str
) -> None:
    measured(release, people)
    document = made(people, release, kind, run_work)

    with opened(document) as pdf:
        root = pdf.Root
        assert bool(root.MarkInfo.Marked)
        assert root.StructTreeRoot.Type == "/StructTreeRoot"
        assert str(root.Lang) == "en"
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert str(pdf.docinfo["/Title"]) == f"{title} · {release.system.name} {release.version}"
        with pdf.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "3"
            assert metadata["pdfaid:conformance"] == "A"
        assert fonts_without_file(pdf) == []
        assert any(item.get("/Type") == "/FontDescriptor" for item in pdf.objects
                   if isinstance(item, pikepdf.Dictionary))  # fmt: skip
        assert ALTERNATIVE in alternatives(pdf)
        # Shapes beside words are decoration: every tagged figure is a chart with its words.
        figures = [item for item in pdf.objects
                   if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"]  # fmt: skip
        assert figures
        assert all(str(item["/Alt"]) == ALTERNATIVE for item in figures)
        assert "Inter" in " ".join(font_names(pdf))
        (attached,) = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Filespec"
        ]
        content = json.loads(attached.EF.F.read_bytes())
    assert content == document.record
    assert document.record is not None
    assert document.record["schema"] == f"rai-{kind.replace('_', '-')}/1"


def test_page_one_of_the_memo_tells_the_board_what_it_needs(
    people: People, release: Release, run_work: Any
) -> None:
    run = measured(release, people)
    recommended(release, people)
    document = made(people, release, "memo", run_work)

    first = pages_of(document)[0]
    assert f"{release.system.name}, release {release.version}" in first
    assert "Recommendation, not decided yet No-go" in first
    assert "Tier 1. An effect on credit cannot be averaged away." in first
    assert "Failed" in first
    assert "0.30 (0.19 to 0.41), 300 rows" in first
    assert f"Run {run.pk}" in first
    assert re.search(r"Missing, \d+: ", first)
    assert "They lose a home." in first
    assert "Critical" in first
    assert "Attested" in first
    assert people.board.name in first
    digest = release.scope_digest()
    assert f"Scope {digest[:12]} · gate " in first
    assert "· policy 1 " in first


def test_each_number_of_the_evidence_says_its_rows_its_basis_and_its_run(
    people: People, release: Release, run_work: Any
) -> None:
    run = measured(release, people)
    document = made(people, release, "memo", run_work)

    rest = " ".join(pages_of(document)[1:])
    assert f"Selection rate, race A 0.80 (0.74 to 0.85) 200 Measured Run {run.pk}" in rest
    assert f"Selection rate, race B 0.50 (0.40 to 0.60) 100 Measured Run {run.pk}" in rest
    assert f"Selection rate, race C Not estimable: 4 rows; 30 are needed Measured Run {run.pk}" in (
        rest
    )
    assert f"Run {run.pk} left out of every comparison: C (4 rows; fewer than 30 rows)." in rest
    assert f"was locked on {run.ended_at:%Y-%m-%d}." in rest
    assert "No limit has moved since plan " in rest
    assert f"Run {run.pk}: first look." in rest
    assert "No sensitive attribute is used at decision time. Group-specific thresholds would" in (
        rest
    )


def test_a_release_that_uses_a_sensitive_attribute_in_lending_is_told_what_that_means(
    people: People, release: Release, run_work: Any
) -> None:
    release.uses_sensitive_at_decision = True
    release.save()
    measured(release, people)
    document = made(people, release, "memo", run_work)

    text = " ".join(pages_of(document))
    assert "This release uses a sensitive attribute at decision time." in text
    assert "is disparate treatment" in text


@pytest.mark.parametrize("kind", ["memo", "model_card"])
def test_a_release_without_model_or_run_gets_its_documents_and_they_say_what_is_missing(
    people: People, release: Release, run_work: Any, kind: str
) -> None:
    low_tier(release, people)
    document = made(people, release, kind, run_work)

    text = " ".join(pages_of(document))
    assert "No run that counts has ended on this scope." in text
    said = {
        "memo": ["Tier 4", "No risk has been named.", "No plan is locked, so no run counts."],
        "model_card": [
            "No model file is kept.", "No data is attached to this release.",
            "Nothing was measured by group.", "No risk has been named, which is not the same",
        ],
    }[kind]  # fmt: skip
    assert [sentence for sentence in said if sentence not in text] == []


def test_a_release_before_its_intake_gets_a_memo_that_says_the_gate_is_blocked(
    people: People, release: Release, run_work: Any
) -> None:
    document = made(people, release, "memo", run_work)

    first = pages_of(document)[0]
    assert "None yet" in first
    assert "Nobody has recommended a decision yet." in first
    assert "The policy asks nothing yet: the tier is not known, so the gate is blocked." in first


def test_what_people_wrote_is_text_in_a_document_and_never_markup(
    people: People, release: Release, run_work: Any
) -> None:
    release.change_summary = "<script>alert(1)</script><img src=https://example.org/x.png>"
    release.save()
    low_tier(release, people)
    document = made(people, release, "memo", run_work)

    assert document.html is not None
    html = document.html.path.read_text()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert(1)</script>" in " ".join(pages_of(document))
