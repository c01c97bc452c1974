"""The pages of intake, gate, evidence, home, search, ledger and people, as people of each role."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.models import Intake, RequirementEvidence, RiskAcceptance, SignOff
from evaluations.models import RunVerdict
from evaluations.queries.run_page import verdict_text
from rai_portal.accounts.choices import Scope
from rai_portal.accounts.models import User
from rai_portal.accounts.services.tokens import create_token
from rai_portal.ledger.guards import GUARDS
from rai_portal.ledger.models import Entry, Payload
from registry.models import Release
from registry.services.contributions import note_contribution
from tests.assessments.services.test_acts import filled
from tests.assessments.services.test_gates import decide, rated, ready_tier_4
from tests.assessments.world import GAP, TIER_1, judged, planned, tiered
from tests.factories import People, attach, make_dataset, make_release, make_system
from tests.unguarded import unguarded

type ClientFor = Callable[[User], Client]

DATASHEET = "documents.datasheet"
LEGAL = "sign_offs.legal"


@pytest.fixture
def tier_1(people: People, release: Release) -> Release:
    attach(release, make_dataset(portfolio=people.portfolio, by=people.analyst))
    tiered(release, people.analyst, TIER_1)
    return release


def pages_of(release: Release) -> list[str]:
    one = [release.pk, DATASHEET]
    return [
        reverse("intake_form", args=[release.pk]),
        reverse("tier_detail", args=[release.pk]),
        reverse("release_risks", args=[release.pk]),
        reverse("gate", args=[release.pk]),
        reverse("requirement_detail", args=one),
    ]


@pytest.mark.parametrize(
    "role",
    ["analyst", "owner", "reviewer", "board", "executive", "auditor", "administrator"],
)
def test_everybody_of_the_portfolio_and_who_reads_all_sees_a_release(
    people: People, tier_1: Release, client_for: ClientFor, role: str
) -> None:
    client = client_for(getattr(people, role))
    assert [client.get(page).status_code for page in pages_of(tier_1)] == [200] * 5


def test_a_stranger_gets_404_on_every_page_and_on_the_api(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    client = client_for(people.stranger)
    one = [tier_1.pk, DATASHEET]
    more = [
        reverse("plan_propose", args=[tier_1.pk]),
        reverse("evidence_new", args=one),
        reverse("sign_off_new", args=[tier_1.pk, LEGAL]),
        reverse("exception_new", args=one),
        reverse("risk_accept", args=[rated(people, tier_1.system).pk]),
        f"/api/v1/releases/{tier_1.pk}/gate/",
    ]
    for page in (*pages_of(tier_1), *more):
        assert client.get(page).status_code == 404, page


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_who_reads_all_changes_nothing(
    people: People, tier_1: Release, client_for: ClientFor, role: str
) -> None:
    client = client_for(getattr(people, role))
    before = Entry.objects.count()
    risk = rated(people, tier_1.system)
    posts = [
        reverse("intake_form", args=[tier_1.pk]),
        reverse("intake_save", args=[tier_1.pk]),
        reverse("intake_submit", args=[tier_1.pk]),
        reverse("plan_propose", args=[tier_1.pk]),
        reverse("evidence_new", args=[tier_1.pk, DATASHEET]),
        reverse("evidence_confirm", args=[tier_1.pk, "documents.model_card"]),
        reverse("sign_off_new", args=[tier_1.pk, LEGAL]),
        reverse("exception_new", args=[tier_1.pk, DATASHEET]),
        reverse("risk_accept", args=[risk.pk]),
    ]
    data = {"areas": "credit", "text": filled("datasheet"), "outcome": "signed", "note": "Read."}
    for page in posts:
        assert client.post(page, data).status_code == 403, page
    assert Entry.objects.count() == before


def test_a_contributing_reviewer_gets_403_and_no_signature_is_kept(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    note_contribution(release=tier_1, user=people.reviewer, act="evidence.filed")
    page = reverse("sign_off_new", args=[tier_1.pk, LEGAL])
    answer = client_for(people.reviewer).post(page, {"outcome": "signed", "note": "Read."})
    assert answer.status_code == 403
    assert "had a hand" in answer.content.decode()
    assert not SignOff.objects.exists()


# The intake


def test_the_questionnaire_keeps_a_draft_then_gives_a_tier(
    people: People, release: Release, client_for: ClientFor
) -> None:
    client = client_for(people.analyst)
    part = {"areas": ["credit"]}
    saved = client.post(reverse("intake_save", args=[release.pk]), part)
    assert "1 of 15 questions answered" in saved.content.decode()
    assert Intake.objects.get(release=release).state == "draft"
    lacking = client.post(reverse("intake_submit", args=[release.pk]), part)
    assert lacking.status_code == 422
    assert "Choose an answer" in lacking.content.decode()
    done = client.post(reverse("intake_submit", args=[release.pk]), TIER_1, follow=True)
    assert done.redirect_chain[-1][0] == reverse("tier_detail", args=[release.pk])
    assert "An effect on credit cannot be averaged away." in done.content.decode()


def test_a_contradiction_is_said_with_links_to_its_questions(
    people: People, release: Release, client_for: ClientFor
) -> None:
    answers = {**TIER_1, "personal_data": ["none"]}
    answer = client_for(people.analyst).post(reverse("intake_submit", args=[release.pk]), answers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "correct one of the two" in page
    assert 'href="#id_areas"' in page
    assert 'id="id_areas"' in page


def test_every_question_says_why_it_is_asked_and_offers_not_known(
    people: People, release: Release, client_for: ClientFor
) -> None:
    page = client_for(people.owner).get(reverse("intake_form", args=[release.pk])).content.decode()
    assert page.count("Not known</span>") == 15
    assert page.count('class="hint"') == 15


# The gate


def test_the_gate_says_the_outcome_the_number_and_what_mends_it(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    run = judged(
        planned(tier_1, tier_1.release_datasets.get().dataset, people.analyst),
        people.analyst,
        "fail",
    )
    page = client_for(people.analyst).get(reverse("gate", args=[tier_1.pk])).content.decode()
    assert "cannot launch" in page
    assert "Gap 0.26 (0.18 to 0.33), 304 rows" in page
    assert reverse("run_detail", args=[run.pk]) in page
    assert "Mitigate, then evaluate a new release" in page
    assert "Run the check" not in page


def test_the_filter_mine_shows_what_the_reader_can_mend(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    url = reverse("gate", args=[tier_1.pk]) + "?show=mine"
    page = client_for(people.reviewer).get(url).content.decode()
    assert "Legal sign-off" in page
    assert "Monitoring plan with alert limits" not in page


def test_filing_a_datasheet_by_page_meets_the_requirement(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    client, page = client_for(people.owner), reverse("evidence_new", args=[tier_1.pk, DATASHEET])
    start = client.get(page).content.decode()
    assert "## Who and what the data leave out" in start
    empty = client.post(page, {"text": "## Who and what the data leave out\n"})
    assert empty.status_code == 422
    assert client.post(page, {"text": filled("datasheet")}).status_code == 302
    assert RequirementEvidence.objects.get().attested_by == people.owner


def test_a_filed_document_is_sent_as_attachment_and_the_download_is_in_the_ledger(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    upload = SimpleUploadedFile("sheet.pdf", b"%PDF-1.7 a sheet")
    page = reverse("evidence_new", args=[tier_1.pk, DATASHEET])
    blank = {"text": "", "evidence": SimpleUploadedFile("sheet.pdf", b" ")}
    refused = client_for(people.owner).post(page, blank)
    assert refused.status_code == 422
    assert "There is nothing in this file" in refused.content.decode()
    client_for(people.owner).post(page, {"text": "", "evidence": upload})
    row = RequirementEvidence.objects.get()
    answer = client_for(people.auditor).get(reverse("evidence_file", args=[row.pk]))
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 a sheet"
    answer.close()
    assert answer["Content-Disposition"].startswith("attachment")
    assert Entry.objects.first().action == "evidence.downloaded"
    assert (
        client_for(people.stranger).get(reverse("evidence_file", args=[row.pk])).status_code == 404
    )


def test_the_executive_accepts_a_risk_by_page(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    risk = rated(people, tier_1.system)
    page = reverse("risk_accept", args=[risk.pk])
    until = timezone.now().date() + dt.timedelta(days=30)
    data = {"rationale": "Small.", "monitoring": "Monthly.", "expires_on": until.isoformat()}
    assert client_for(people.analyst).post(page, data).status_code == 403
    assert client_for(people.executive).post(page, data).status_code == 302
    assert RiskAcceptance.objects.get().accepted_by == people.executive


def test_the_api_answers_the_gate_to_a_token_and_nothing_to_a_strangers(
    people: People, tier_1: Release
) -> None:
    def ask(user: User) -> tuple[int, dict]:
        _, text = create_token(actor=None, user=user, scope=Scope.READ, days=1)
        answer = Client().get(
            f"/api/v1/releases/{tier_1.pk}/gate/", headers={"Authorization": f"Token {text}"}
        )
        return answer.status_code, answer.json()

    status, body = ask(people.pipeline)
    assert status == 200
    assert set(body) == {"outcome", "scope_digest", "requirements"}
    assert body["outcome"] == "blocked"
    assert body["scope_digest"] == tier_1.scope_digest()
    assert {frozenset(item) for item in body["requirements"]} == {
        frozenset({"key", "title", "status", "reason", "url"})
    }
    assert GAP in {item["key"] for item in body["requirements"]}
    assert ask(people.stranger)[0] == 404


def test_the_api_asks_who_is_there(tier_1: Release, db: None) -> None:
    assert Client().get(f"/api/v1/releases/{tier_1.pk}/gate/").status_code == 401


# Home, search, ledger, people


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("analyst", "Runs since yesterday"),
        ("owner", "Newest releases"),
        ("reviewer", "Waits for your signature"),
        ("board", "Agenda"),
        ("executive", "Residual risks over appetite"),
        ("auditor", "Decision log"),
        ("administrator", "People and roles"),
    ],
)
def test_home_shows_each_role_its_own_work(
    people: People, tier_1: Release, client_for: ClientFor, role: str, words: str
) -> None:
    page = client_for(getattr(people, role)).get(reverse("home")).content.decode()
    assert words in page
    assert "Start here" in page


def test_a_run_on_the_first_page_shows_its_worst_check_with_number_and_rows(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    dataset = tier_1.release_datasets.get().dataset
    judged(planned(tier_1, dataset, people.analyst), people.analyst, "fail")
    page = client_for(people.analyst).get(reverse("home")).content.decode()
    part = page[page.index("Runs since yesterday") : page.index("Newest releases")]
    verdict = RunVerdict.objects.get()
    assert "1 fail" in part
    assert f"{verdict_text(verdict)}, {verdict.n} rows" in part


def test_an_empty_home_teaches_what_to_do(people: People, client_for: ClientFor) -> None:
    page = client_for(people.analyst).get(reverse("home")).content.decode()
    assert "Register a system" in page


def test_home_takes_as_many_queries_with_ten_systems_as_with_two(
    people: People, client_for: ClientFor
) -> None:
    def made(number: int) -> None:
        for _ in range(number):
            system = make_system(
                portfolio=people.portfolio, owner=people.owner, created_by=people.analyst
            )
            release = ready_tier_4(people, make_release(system, by=people.analyst))
            decide(people, release)
            open_one = make_release(system, by=people.analyst)
            attach(open_one, make_dataset(portfolio=people.portfolio, by=people.analyst))
            tiered(open_one, people.analyst, TIER_1)
            dataset = open_one.release_datasets.get().dataset
            judged(planned(open_one, dataset, people.analyst), people.analyst, "pass")

    client = client_for(people.analyst)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("home")).status_code == 200
        return len(captured)

    made(2)
    queries()
    few = queries()
    made(8)
    assert queries() == few
    assert few <= 40


def test_search_finds_only_what_is_in_sight(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    risk = rated(people, tier_1.system)
    url = reverse("search")
    own = client_for(people.analyst).get(url, {"q": risk.code, "as": "json"}).json()["results"]
    assert [(hit["kind"], hit["url"]) for hit in own] == [
        ("Risk", reverse("risk_detail", args=[risk.pk]))
    ]
    other = client_for(people.stranger).get(url, {"q": "refused", "as": "json"}).json()["results"]
    assert other == []


def test_the_ledger_is_for_those_who_audit_and_decide(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    page = reverse("ledger_list")
    assert client_for(people.analyst).get(page).status_code == 403
    text = client_for(people.auditor).get(page).content.decode()
    assert "Intake submitted" in text
    assert ">intake.submitted<" not in text
    assert client_for(people.board).post(reverse("ledger_verify")).status_code == 403


def test_verifying_on_demand_says_intact_and_names_the_first_bad_entry(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    client, page = client_for(people.auditor), reverse("ledger_verify")
    assert "follow one another" in client.post(page).content.decode()
    first = Entry.objects.order_by("sequence").first()
    # Somebody who owns the database lifts its guards: the commitments still show it.
    with unguarded(*GUARDS):
        Payload.objects.filter(entry=first).update(subject_name="Another")
    answer = client.post(page).content.decode()
    assert f"Entry {first.sequence} is the first bad one" in answer


def test_an_entry_shows_before_and_after(
    people: People, tier_1: Release, client_for: ClientFor
) -> None:
    entry = Entry.objects.filter(action="intake.submitted").get()
    page = client_for(people.auditor).get(reverse("ledger_entry", args=[entry.sequence]))
    text = page.content.decode()
    assert "draft" in text
    assert entry.entry_hash in text


def test_people_are_for_administrators(people: People, client_for: ClientFor) -> None:
    page = reverse("people_list")
    assert client_for(people.auditor).get(page).status_code == 403
    assert people.analyst.email in client_for(people.administrator).get(page).content.decode()
    grant = reverse("people_grant", args=[people.administrator.pk])
    data = {"role": "analyst", "portfolio": people.portfolio.pk}
    assert client_for(people.administrator).post(grant, data).status_code == 403


def test_the_policy_is_readable_by_everybody_signed_in(
    people: People, client_for: ClientFor
) -> None:
    page = client_for(people.stranger).get(reverse("policy_detail")).content.decode()
    assert "Requirements by tier" in page
    assert "A failed measured check cannot be excepted in Tier 1." in page
