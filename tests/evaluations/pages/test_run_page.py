"""What the page of a run says, in which order, and what one can do from it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.methods.results import result_digest
from evaluations.models import EvaluationReport, Finding, MitigationRun, RiskRun, Run
from evaluations.services.runs import start_runs
from rai_portal.accounts.choices import Role
from rai_portal.accounts.models import User
from rai_portal.ledger.models import Entry
from registry.models import Release
from registry.services.mitigations import MitigationFacts, create_mitigation
from tests.evaluations.services.cases import GAP, decisions, locked_plan
from tests.factories import People, make_risk, make_user

type ClientFor = Callable[[User], Client]
type Work = Callable[[], AbstractContextManager[object]]


@pytest.fixture
def client(people: People, client_for: ClientFor) -> Client:
    return client_for(people.analyst)


def _page(client: Client, run: Run) -> str:
    return client.get(reverse("run_detail", args=[run.pk])).content.decode()


def _place(run: Run, metric: str) -> int:
    assert run.result is not None
    return next(i for i, item in enumerate(run.result["metrics"]) if item["metric"] == metric)


def test_the_answer_stands_before_checks_figures_words_and_origin(client: Client, ran: Run) -> None:
    page = _page(client, ran)
    order = [
        'id="ans"', "3 checks rest on this run", "Who is not in the comparison", 'id="fig1"',
        ">What this means</h2>", ">Where it comes from</h2>",
    ]  # fmt: skip
    places = [page.index(mark) for mark in order]
    assert places == sorted(places)
    assert "Fewer than 30 rows" in page
    # 160 of 200 in A less 50 of 100 in B.
    assert "0.30 (" in page
    assert ran.result_digest[:12] in page
    assert page.count("<h1>") == 1


def test_the_index_leads_to_every_section_that_stands_unfolded_and_to_nothing_else(
    client: Client, ran: Run
) -> None:
    page = _page(client, ran)
    index = page[page.index('class="index"') : page.index("</nav>", page.index('class="index"'))]
    anchors = re.findall(r'href="#([^"]+)"', index)
    sections = re.findall(r'<section class="card" id="([^"]+)"', page)
    assert anchors == sections
    assert {"checks", "excluded", "fig1", "meaning", "metrics", "origin"} <= set(anchors)


def test_each_verdict_is_shown_by_its_word(client: Client, ran: Run) -> None:
    page = _page(client, ran)
    table = page[page.index('id="checks"') : page.index('id="fig1"')]
    assert table.count("Fail") == 2
    assert table.count("Not estimable") >= 1


def test_a_run_that_waits_is_polled_and_can_be_cancelled(
    people: People, release: Release, client: Client
) -> None:
    locked_plan(people, release, decisions(people, release))
    (run,) = start_runs(actor=people.analyst, release=release)
    page = _page(client, run)
    poll = reverse("run_progress", args=[run.pk])
    assert f'hx-get="{poll}"' in page
    assert 'hx-trigger="every 1s"' in page
    part = client.get(poll, headers={"HX-Request": "true"})
    assert "HX-Refresh" not in part
    assert "<html" not in part.content.decode()

    client.post(reverse("run_cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "cancelled"
    ended = client.get(poll, headers={"HX-Request": "true"})
    assert ended["HX-Refresh"] == "true"
    assert "Run it again" in _page(client, run)


def test_a_run_that_failed_says_why_and_counts_as_an_error(
    people: People, release: Release, client: Client, run_work: Work
) -> None:
    dataset = decisions(people, release, b"id,race,approved,predicted\n1,A,1,1\n2,B,0,5\n3,B,0,0\n")
    locked_plan(people, release, dataset)
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run.refresh_from_db()
    assert run.state == "failed"
    page = _page(client, run)
    assert run.message.replace("“", "").split(".")[0][:20] in page.replace("“", "")
    assert "reads as an error" in page
    assert set(run.verdicts.values_list("verdict", flat=True)) == {"error"}


def test_the_json_is_the_stored_result_whose_digest_anybody_can_work_out(
    client: Client, ran: Run
) -> None:
    answer = client.get(reverse("run_json", args=[ran.pk]))
    assert "attachment" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert result_digest(json.loads(answer.content)) == ran.result_digest
    assert Entry.objects.filter(subject_id=ran.pk, action__contains="download").exists()


def test_a_report_is_asked_for_shown_and_downloaded(
    people: People, client_for: ClientFor, ran: Run, run_work: Work
) -> None:
    client = client_for(people.board)
    with run_work():
        asked = client.post(reverse("run_report", args=[ran.pk]))
    assert asked.status_code == 302
    report = EvaluationReport.objects.get(run=ran)
    page = client.get(reverse("run_report", args=[ran.pk])).content.decode()
    pdf = reverse("report_file", args=[report.pk, "pdf"])
    assert pdf in page
    answer = client.get(pdf)
    assert b"".join(answer.streaming_content)[:5] == b"%PDF-"
    assert "attachment" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Entry.objects.filter(action="report.downloaded", subject_id=report.pk).count() == 1
    assert client.get(reverse("report_file", args=[report.pk, "exe"])).status_code == 404
    stranger = client_for(people.stranger)
    assert stranger.get(pdf).status_code == 404


def test_a_finding_is_prefilled_from_the_metric_and_keeps_it(
    people: People, client: Client, ran: Run
) -> None:
    place = _place(ran, GAP)
    url = f"{reverse('run_finding', args=[ran.pk])}?metric={place}"
    page = client.get(url).content.decode()
    assert "0.30" in page
    made = client.post(
        url, {"title": "B is approved less often", "severity": 2, "owner": people.owner.pk}
    )
    finding = Finding.objects.get()
    assert made["Location"] == reverse("finding_detail", args=[finding.pk])
    assert ran.result is not None
    assert finding.metric == ran.result["metrics"][place]
    assert (finding.run, finding.release) == (ran, ran.release)


def test_a_finding_without_a_title_is_an_error_beside_the_field(
    people: People, client: Client, ran: Run
) -> None:
    url = reverse("run_finding", args=[ran.pk])
    page = client.post(url, {"title": "", "severity": 2, "owner": people.owner.pk})
    assert 'id="id_title_error"' in page.content.decode()
    assert not Finding.objects.exists()


def test_a_metric_that_is_not_there_makes_no_finding(client: Client, ran: Run) -> None:
    answer = client.get(f"{reverse('run_finding', args=[ran.pk])}?metric=99999")
    assert answer.status_code == 422
    assert "no such metric" in answer.content.decode()


def test_a_run_measures_a_risk_of_its_system_and_no_other(
    people: People, client: Client, ran: Run
) -> None:
    assert ran.release is not None
    risk = make_risk(ran.release.system, by=people.analyst)
    url = f"{reverse('run_link_risk', args=[ran.pk])}?metric={_place(ran, GAP)}"
    judged = ran.verdicts.get(check_row__metric=GAP)
    assert client.get(url).context["form"].fields["verdict"].initial == judged.pk
    linked = client.post(url, {"risk": risk.pk, "verdict": judged.pk, "note": "As measured"})
    assert linked["Location"] == reverse("risk_detail", args=[risk.pk])
    link = RiskRun.objects.get()
    assert (link.metric, link.verdict) == (GAP, judged)
    assert client.post(url, {"risk": risk.pk}).status_code == 200
    wrong = client.post(url, {"risk": risk.pk + 1000, "verdict": judged.pk})
    assert wrong.status_code == 200
    assert RiskRun.objects.count() == 1


def test_a_run_verifies_a_mitigation_of_somebody_else(
    people: People, client: Client, client_for: ClientFor, ran: Run
) -> None:
    assert ran.release is not None
    risk = make_risk(ran.release.system, by=people.analyst)
    mitigation = create_mitigation(
        actor=people.analyst, risk=risk,
        facts=MitigationFacts(title="Train on reweighed rows", owner=people.owner),
    )  # fmt: skip
    url = reverse("run_verify", args=[ran.pk])
    told = {"mitigation": mitigation.pk, "note": "The gap fell."}
    assert "somebody else verifies it" in client.post(url, told).content.decode()
    client_for(make_user(Role.ANALYST, people.portfolio)).post(url, told)
    mitigation.refresh_from_db()
    assert mitigation.status == "verified"
    assert MitigationRun.objects.get().run == ran


def test_the_narrative_is_a_draft_until_a_person_confirms_it(
    people: People, client: Client, ran: Run
) -> None:
    assert "Drafted by the portal" in _page(client, ran)
    client.post(reverse("narrative_confirm", args=[ran.pk]))
    page = _page(client, ran)
    assert "Drafted by the portal" not in page
    assert f"Confirmed by {people.analyst}" in page


def test_a_repetition_says_that_it_gives_the_same_digest_and_stands_beside_the_first(
    client: Client, ran: Run, run_work: Work
) -> None:
    with run_work():
        client.post(reverse("run_repeat", args=[ran.pk]))
    again = Run.objects.get(repeat_of=ran)
    assert "gives the same result digest" in _page(client, again)
    beside = client.get(reverse("run_compare", args=[again.pk, ran.pk]))
    assert beside.status_code == 200
    assert f"Run {ran.pk}" in beside.content.decode()


def test_what_does_not_count_says_so(
    people: People, release: Release, client: Client, run_work: Work
) -> None:
    dataset = decisions(people, release)
    url = reverse("run_explore", args=[release.pk])
    with run_work():
        client.post(url, {"method": "fairness.group_rates", "dataset": dataset.pk})
    run = Run.objects.get()
    assert (run.counts, run.state, run.verdicts.count()) == (False, "succeeded", 0)
    page = _page(client, run)
    assert "Does not count" in page
    assert "checks rest on this run" not in page


def test_an_exploration_takes_the_parameters_that_its_method_has(
    people: People, release: Release, client: Client, run_work: Work
) -> None:
    dataset = decisions(people, release)
    url = reverse("run_explore", args=[release.pk])
    rates = client.get(url, {"method": "fairness.group_rates"}).content.decode()
    shap = client.get(url, {"method": "attribution.shap"}).content.decode()
    assert 'name="parameter_calibration_bins"' in rates
    assert 'name="parameter_calibration_bins"' not in shap
    assert 'name="parameter_game"' in shap
    asked = {"method": "fairness.group_rates", "dataset": dataset.pk}
    refused = client.post(url, {**asked, "parameter_minimum_group_size": "0"})
    assert "greater than or equal to 1" in refused.content.decode()
    assert not Run.objects.exists()
    with run_work():
        client.post(url, {**asked, "parameter_minimum_group_size": "12"})
    assert Run.objects.get().parameters["minimum_group_size"] == 12
