"""From registering a system with one's own data and model to a decided memo, in a browser."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pikepdf
import pytest
import xgboost

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.conftest import NewVisitor, Visitor

pytestmark = pytest.mark.xdist_group("demo")

MOST_CLICKS = 40
WORKER_WITHIN = 180_000
"""Milliseconds that a worker may take while other tests keep the machine busy."""

ALL_THERE = "Every check has a result on the present scope."

ROWS = 600
FEATURES = ("income", "debt_share", "years_at_job")
ROLES = {
    "band": "sensitive", "repaid": "label", "predicted": "prediction", "score": "score",
    "income": "feature", "debt_share": "feature", "years_at_job": "feature",
}  # fmt: skip
ANSWERS = {
    "areas": "credit", "decision_role": "recommends", "oversight": "every_case",
    "people_affected": "under_10000", "reversibility": "with_effort", "children": "no",
    "groups": "known", "personal_data": "personal", "origin": "ourselves", "exposure": "staff",
    "actions": "nothing", "generates": "nothing", "reasons": "told", "change": "releases",
    "compute": "little",
}  # fmt: skip
MONITORING = """## What is watched, and from which data
Approval rates by band with intervals, from the decisions of each month.

## How often, and by whom
Monthly, by the analyst of the lending team.

## Alert limits
The interval of the gap lies beyond 0.10.

## Who is told, and what they do within how long
The owner, who acts within five working days.

## When the release is evaluated anew
After any alert, and each year.
"""


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """What a person brings: a table with predictions, and the model that made them."""

    table: Path
    model: Path


def make_files(folder: Path) -> OwnFiles:
    """Younger applicants earn less in these rows, so a model of income approves fewer of them."""
    rng = random.Random(20_260_102)
    features, labels, bands = [], [], []
    for number in range(ROWS):
        young = number % 2 == 0
        income = rng.gauss(3.0 if young else 5.0, 1.0)
        debt, years = rng.uniform(0.1, 0.6), rng.randint(0, 20)
        features.append((round(income, 3), round(debt, 3), years))
        labels.append(int(income - 4 * debt + rng.gauss(0, 0.8) > 2.4))
        bands.append("under 40" if young else "40 and over")
    matrix = xgboost.DMatrix(
        np.asarray(features, dtype=np.float64), np.asarray(labels), feature_names=list(FEATURES)
    )
    settings = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1, "seed": 7}
    booster = xgboost.train(settings, matrix, num_boost_round=25)
    scores = booster.predict(matrix)
    lines = [",".join(ROLES)]
    for band, label, score, row in zip(bands, labels, scores, features, strict=True):
        values = (band, label, int(score >= 0.5), f"{score:.6f}", *row)
        lines.append(",".join(str(value) for value in values))
    files = OwnFiles(folder / "applications.csv", folder / "lending.ubj")
    files.table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    booster.save_model(files.model)
    return files


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"main [name={name}]").fill(value)


def choose(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"main select[name={name}]").select_option(value)


def looks_well(person: Visitor) -> None:
    """Hold the page that is open to what every page is held to."""
    faults = person.axe()
    assert not faults, f"{person.page.url}: {faults}"
    assert person.fits(), person.page.url


def register(person: Visitor, name: str) -> str:
    """Register a system and its first release; return the path of the release."""
    page = person.page
    person.go("/")
    person.click("Systems", exact=True)
    person.click("Register a system")
    fill(
        page, name=name, purpose="Say whether an application for a small loan can be approved.",
        intended_use="First look at complete applications; an officer looks at every case.",
        decisions="Approval of a small loan", affected_groups="Applicants of every age",
        jurisdictions="EU",
    )  # fmt: skip
    page.get_by_label("Portfolio").select_option(label="Retail credit")
    looks_well(person)
    person.click("Register", "button", exact=True)
    fill(page, version="1.0", change_summary="First release: trees on income, debt and years.")
    person.click("Make the release", "button")
    page.wait_for_url("**/releases/*/")
    looks_well(person)
    return page.url.removeprefix(person.portal.url)


def bring_data_and_model(person: Visitor, files: OwnFiles) -> None:
    page = person.page
    person.click("Upload data", exact=False)
    page.locator("main input[type=file]").set_input_files(files.table)
    choose(page, use="evaluation")
    person.click("Upload", "button", exact=True)
    save = page.get_by_role("button", name="Save the roles")
    save.wait_for(timeout=WORKER_WITHIN)
    for column, role in ROLES.items():
        page.get_by_label(f"Role of {column}", exact=True).select_option(role)
    choose(page, favourable="1", positive_label="1")
    fill(
        page, outcome_word="approved", purpose="Testing decisions for discrimination",
        legal_basis="GDPR, Article 9(2)(g)",
    )  # fmt: skip
    looks_well(person)
    person.click("Save the roles", "button")
    page.wait_for_url("**/releases/*/")

    person.click("Upload a model", exact=False)
    page.locator("main input[type=file]").set_input_files(files.model)
    person.click("Upload", "button", exact=True)
    page.get_by_text("has all 3 features").wait_for(timeout=WORKER_WITHIN)
    looks_well(person)
    person.click("Go on with", exact=False)
    page.wait_for_url("**/releases/*/")


def tier_and_plan(person: Visitor) -> None:
    page = person.page
    person.click("Go to the intake")
    for question, answer in ANSWERS.items():
        page.locator(f"main [name={question}][value={answer}]").check()
    looks_well(person)
    person.click("Submit and compute the tier", "button")
    page.wait_for_url("**/tier/")
    assert page.get_by_text("An effect on credit cannot be averaged away.").first.is_visible()
    looks_well(person)
    person.click("Propose the plan")
    looks_well(person)
    person.click("Make the draft plan", "button")
    person.page.wait_for_url("**/plan/")
    looks_well(person)
    person.click("Lock the plan", "button")


def run(person: Visitor, release: str) -> None:
    page = person.page
    person.page.wait_for_url(f"**{release}runs/")
    person.click("Start the runs", "button")
    # One run has its own page; several are waited for on this one, which renews itself.
    page.get_by_text("may leave").or_(page.get_by_text(ALL_THERE)).first.wait_for()
    person.look_again_until(page.get_by_text(ALL_THERE), WORKER_WITHIN / 1000)
    looks_well(person)
    text = page.locator("main").inner_text()
    assert "600 rows" in text or "600" in text, text


def find_and_mitigate(person: Visitor) -> None:
    """A finding from the run's worst metric, the risk behind it, its rating and a mitigation."""
    page = person.page
    row = page.locator("tr", has_text="Selection-rate gap by band").first
    person.clicks += 1
    row.get_by_role("link", name="Run ").first.click()
    page.wait_for_url("**/runs/*/")
    looks_well(person)
    person.click("Make a finding")
    looks_well(person)
    person.click("Record the finding", "button")
    page.wait_for_url("**/findings/*/")
    looks_well(person)

    person.click("Record the risk behind it")
    fill(
        page, title="Loans refused to younger applicants who would repay",
        cause="Income stands in for age in the rows that the model learned from.",
        event="It recommends refusal more often for applicants under 40.",
        harm="They go without credit, or pay more for it elsewhere.",
        affected_groups="Applicants under 40",
    )  # fmt: skip
    choose(page, dimension="fairness", inherent_likelihood="4", inherent_severity="4")
    choose(page, target_likelihood="2", target_severity="3")
    looks_well(person)
    person.click("Record", "button", exact=True)
    page.wait_for_url("**/risks/*/")
    person.click("Rate")
    choose(page, likelihood="4", severity="4")
    fill(page, rationale="The gap by age band lies beyond its limit in the run of this release.")
    looks_well(person)
    person.click("Rate", "button", exact=True)
    page.wait_for_url("**/risks/*/")

    person.click("Plan a mitigation")
    fill(
        page, title="Train anew with rows reweighed by age band",
        description="Age band and repayment become independent in the weighted training rows.",
    )  # fmt: skip
    looks_well(person)
    person.click("Plan it", "button")
    page.wait_for_url("**/risks/*/")
    looks_well(person)


def file_and_recommend(person: Visitor, release: str, name: str) -> None:
    """File a document at the gate, then recommend."""
    page = person.page
    person.click(name, exact=True)
    person.click("Open the gate of 1.0")
    page.wait_for_url(f"**{release}gate/")
    looks_well(person)
    person.click("Monitoring plan with alert limits")
    looks_well(person)
    person.clicks += 1
    page.locator("main").get_by_role("link", name="Write the plan").first.click()
    fill(page, text=MONITORING)
    person.click("File it under my name", "button")
    page.wait_for_url(f"**{release}gate/")
    assert "Met" in page.locator("tr", has_text="Monitoring plan").inner_text()

    person.click("Decision", exact=True)
    looks_well(person)
    page.get_by_label("No-go", exact=True).check()
    fill(page, rationale="The gap by age band is far beyond its limit, and is to be mitigated.")
    person.click("Recommend", "button", exact=True)
    page.wait_for_url("**/reviews/*/")
    looks_well(person)


def sign_off(reviewer: Visitor, release: str) -> None:
    page = reviewer.page
    reviewer.go(f"{release}gate/")
    page.locator("tr", has_text="Privacy sign-off").get_by_role("link").first.click()
    page.get_by_role("link", name="Review and sign").click()
    page.get_by_label("Signed off", exact=True).check()
    fill(page, note="Read the roles of the columns: the age band is used for testing only.")
    looks_well(reviewer)
    page.get_by_role("button", name="Give my word").click()
    page.wait_for_url(f"**{release}gate/")
    assert "Met" in page.locator("tr", has_text="Privacy sign-off").inner_text()


def decide(member: Visitor, review: str, password: str, kind: str) -> None:
    page = member.page
    member.go(review)
    looks_well(member)
    page.locator(f"main input[name=kind][value={kind}]").check()
    fill(page, reason="I follow the recommendation: the gap is measured and beyond its limit.")
    fill(page, password=password)
    page.get_by_role("button", name="Sign decision").click()
    page.wait_for_url("**/decisions/*/")
    looks_well(member)


def memo(person: Visitor, folder: Path) -> Path:
    """Download the memo from the decision's page, as soon as a worker has made it."""
    page = person.page
    link = page.get_by_role("link", name="Download go/no-go memo")
    person.look_again_until(link, WORKER_WITHIN / 1000)
    with page.expect_download() as taken:
        person.click("Download go/no-go memo")
    file = folder / "memo.pdf"
    taken.value.save_as(file)
    return file


def read_memo(file: Path, name: str) -> dict[str, str]:
    """Check what every document carries; return its attached records as text."""
    with pikepdf.open(file) as pdf:
        assert name in str(pdf.docinfo["/Title"])
        assert str(pdf.Root.Lang).startswith("en")
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        return {
            key: one.get_file().read_bytes().decode()
            for key, one in pdf.attachments.items()
            if key.endswith(".json")
        }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_new_system_goes_from_register_to_a_decided_memo_in_forty_clicks(
    visitor: NewVisitor, tmp_path: Path, scheme: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files = make_files(tmp_path)
    name = f"Small loans, {scheme}"
    analyst = visitor("analyst", scheme=scheme)
    release = register(analyst, name)
    bring_data_and_model(analyst, files)
    tier_and_plan(analyst)
    run(analyst, release)
    find_and_mitigate(analyst)
    file_and_recommend(analyst, release, name)
    review = analyst.page.url.removeprefix(analyst.portal.url)

    reviewer = visitor("reviewer", scheme=scheme)
    sign_off(reviewer, release)
    board = visitor("board", scheme=scheme)
    decide(board, review, board.portal.logins()["board"]["password"], "no_go")
    second = visitor("board2", scheme=scheme)
    second.go(review)
    assert "/decisions/" in second.page.url

    analyst.page.reload()
    analyst.page.wait_for_url("**/decisions/*/")
    records = read_memo(memo(analyst, tmp_path), name)
    assert len(records) == 1
    record = json.loads(next(iter(records.values())))
    assert name in json.dumps(record)

    with capsys.disabled():
        print(f"\nclicks of the analyst: {analyst.clicks}")  # noqa: T201
    assert analyst.clicks <= MOST_CLICKS
    assert analyst.page.evaluate("document.documentElement.dataset.bsTheme") == scheme
    assert [*analyst.complaints, *reviewer.complaints, *board.complaints] == []
