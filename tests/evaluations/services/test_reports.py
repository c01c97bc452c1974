"""The report of a run: the answer first, tagged, with the record inside."""

from __future__ import annotations

import io
import json
from typing import Any

import pikepdf
import pytest

from evaluations.methods.results import result_digest
from evaluations.models import EvaluationReport, Run
from evaluations.services.narrative import confirm_narrative
from evaluations.services.reports import note_download, request_report
from evaluations.services.runs import start_runs
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.models import Release
from tests.evaluations.services.cases import decisions, locked_plan
from tests.factories import People


@pytest.fixture
def run(people: People, release: Release, run_work: Any) -> Run:
    dataset = decisions(people, release)
    locked_plan(people, release, dataset)
    with run_work():
        (found,) = start_runs(actor=people.analyst, release=release)
    found.refresh_from_db()
    return found


def _made(people: People, run: Run, run_work: Any) -> EvaluationReport:
    with run_work():
        report = request_report(actor=people.analyst, run=run)
    report.refresh_from_db()
    assert report.state == "succeeded", report.message
    return report


def test_the_pdf_is_tagged_titled_and_holds_the_record(
    people: People, run: Run, run_work: Any
) -> None:
    report = _made(people, run, run_work)
    assert report.pdf is not None
    with pikepdf.open(io.BytesIO(report.pdf.path.read_bytes())) as pdf:
        assert str(pdf.Root.Lang) == "en"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert str(pdf.docinfo["/Title"]) == "Evaluation report: Group rates: Decisions"
        held = json.loads(pdf.attachments["run-result.json"].get_file().read_bytes())
    assert result_digest(held) == run.result_digest


def test_the_html_twin_says_verdict_numbers_and_who_is_left_out(
    people: People, run: Run, run_work: Any
) -> None:
    report = _made(people, run, run_work)
    assert report.html is not None
    html = report.html.path.read_text(encoding="utf-8")
    assert "3 checks: 2 fail, 1 not estimable" in html
    assert "fewer than 30 rows" in html
    assert run.result_digest in html
    assert "asset:///" not in html
    assert "no person has confirmed it" in html
    # The answer stands before any figure or table.
    assert html.index("3 checks:") < html.index("Checks</h2>") < html.index("Figure 1.")


def test_a_report_is_made_once_and_anew_after_the_narrative_was_confirmed(
    people: People, run: Run, run_work: Any
) -> None:
    first = _made(people, run, run_work)
    assert request_report(actor=people.board, run=run) == first
    confirm_narrative(actor=people.analyst, run=run)
    second = _made(people, run, run_work)
    assert second != first
    assert second.html is not None
    assert f"confirmed by {people.analyst}" in second.html.path.read_text(encoding="utf-8")


def test_a_stranger_gets_no_report_and_a_download_is_in_the_ledger(
    people: People, run: Run, run_work: Any
) -> None:
    with pytest.raises(NotAllowed):
        request_report(actor=people.stranger, run=run)
    report = _made(people, run, run_work)
    note_download(actor=people.auditor, report=report, what="pdf")
    assert Entry.objects.get(action="report.downloaded").actor == people.auditor


def test_a_run_without_a_result_has_no_report(people: People, release: Release) -> None:
    dataset = decisions(people, release)
    locked_plan(people, release, dataset)
    (run,) = start_runs(actor=people.analyst, release=release)
    with pytest.raises(Refused, match="no result to report"):
        request_report(actor=people.analyst, run=run)
