"""A quick audit: from nothing but a file to a report; a system may take it in."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from evaluations.models import QuickAudit, Run
from evaluations.services.audits import AuditColumns, attach_audit, start_audit
from rai_portal.errors import NotAllowed, Refused
from registry.models import AISystem, Dataset
from tests.factories import DECISIONS_CSV, People, make_system

COLUMNS = AuditColumns(
    prediction="predicted",
    favourable="1",
    groups=("race",),
    purpose="Testing for discrimination",
    legal_basis="Equal Credit Opportunity Act",
    label="approved",
    outcome_word="approved",
)


def _audit(people: People, columns: AuditColumns = COLUMNS) -> QuickAudit:
    return start_audit(
        actor=people.analyst, portfolio=people.portfolio, name="Last quarter",
        chunks=[DECISIONS_CSV.encode()], original_name="decisions.csv", columns=columns,
    )  # fmt: skip


def test_one_file_becomes_a_report_with_the_numbers_worked_by_hand(
    people: People, run_work: Any
) -> None:
    with run_work():
        audit = _audit(people)
    run = Run.objects.get(quick_audit=audit)
    assert run.state == "succeeded", run.message
    assert run.counts is False
    assert run.release is None
    assert run.result is not None
    (gap,) = [m for m in run.result["metrics"] if m["metric"] == "selection_rate_worst_difference"]
    assert gap["estimate"]["value"] == pytest.approx(0.30)
    assert run.title == "Quick audit of Last quarter"
    assert not run.verdicts.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"groups": ()}, "at least one column"),
        ({"groups": ("predicted",)}, "cannot play two parts"),
        ({"groups": ("tribe",)}, "no column “tribe”"),
        ({"legal_basis": ""}, "is sensitive"),
        ({"favourable": ""}, "good for the person"),
    ],
)
def test_what_does_not_fit_is_a_sentence_and_keeps_nothing(
    people: People, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        _audit(people, dataclasses.replace(COLUMNS, **change))
    assert not QuickAudit.objects.exists()
    assert not Dataset.objects.exists()
    assert not Run.objects.exists()


def test_a_system_of_the_portfolio_takes_the_audit_in_once(
    people: People, system: AISystem
) -> None:
    audit = _audit(people)
    with pytest.raises(NotAllowed):
        attach_audit(actor=people.auditor, audit=audit, system=system)
    foreign = make_system(portfolio=people.other_portfolio, owner=people.stranger)
    with pytest.raises(Refused, match="another portfolio"):
        attach_audit(actor=people.analyst, audit=audit, system=foreign)
    row = attach_audit(actor=people.analyst, audit=audit, system=system)
    assert row.system == system
    assert Dataset.objects.get(quick_audits=audit).system == system
    other = make_system(portfolio=people.portfolio, owner=people.owner)
    with pytest.raises(Refused, match="belongs to"):
        attach_audit(actor=people.analyst, audit=audit, system=other)
