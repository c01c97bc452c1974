"""Findings of a system at the gates of its releases, and what is filed where nothing measures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from assessments.services.evidence import Filing, attest
from assessments.services.gate_page import next_act
from assessments.services.gates import release_gate
from evaluations.models import Finding
from evaluations.services.findings import FindingFacts, close_finding, create_finding
from rai_portal.errors import Refused
from registry.models import Release
from tests.assessments.world import TIER_1, TIER_4, tiered
from tests.factories import People, make_release, make_system

KEY = "findings.grave"


def status_of(release: Release, key: str = KEY):
    found = release_gate(Release.objects.get(pk=release.pk)).requirement(key)
    assert found is not None
    return found


def grave(people: People, release: Release | None, system=None) -> Finding:
    facts = FindingFacts(title="Refused more often", severity=1, owner=people.owner)
    return create_finding(actor=people.analyst, system=system, release=release, facts=facts)


def test_a_finding_stands_against_its_release_and_later_ones_until_closed(
    people: People, release: Release
) -> None:
    later = make_release(release.system, by=people.analyst)
    for item in (release, later):
        tiered(item, people.analyst, TIER_4)
        assert status_of(item).status == "met"
    finding = grave(people, release)
    assert status_of(release).status == status_of(later).status == "failed"
    close_finding(actor=people.reviewer, finding=finding, note="Seen mended in run 9.")
    assert status_of(release).status == status_of(later).status == "met"
    grave(people, later)
    assert (status_of(release).status, status_of(later).status) == ("met", "failed")
    grave(people, None, system=release.system)
    assert status_of(release).status == "failed"


def test_a_finding_closed_by_its_author_past_the_services_still_counts(
    people: People, release: Release
) -> None:
    tiered(release, people.analyst, TIER_4)
    finding = grave(people, release)
    Finding.objects.filter(pk=finding.pk).update(
        state="closed", closed_by=people.analyst, closing_note="Fine."
    )
    assert status_of(release).status == "failed"


def test_the_page_of_a_grave_finding_offers_closing_to_a_second_person(
    people: People, release: Release, client_for
) -> None:
    finding = grave(people, release)
    url, page = (reverse(name, args=[finding.pk]) for name in ("finding_close", "finding_detail"))
    for own in (people.analyst, people.owner):
        client: Client = client_for(own)
        assert url not in client.get(page).content.decode()
        assert client.post(url, {"note": "Fine."}).status_code == 403
    client = client_for(people.reviewer)
    shown = client.get(page).content.decode()
    assert url in shown
    assert "It blocks the gate of this release and of later ones" in shown
    assert client.post(url, {"note": "Run 9 is within its limit."}).status_code == 302
    finding.refresh_from_db()
    assert finding.state == "closed"


@pytest.fixture
def assistant(people: People) -> Release:
    system = make_system(
        portfolio=people.portfolio, owner=people.owner, created_by=people.analyst, kind="rag"
    )
    release = make_release(system, by=people.analyst)
    tiered(release, people.analyst, TIER_1)
    return Release.objects.get(pk=release.pk)


def test_a_generative_system_is_led_to_what_is_possible(
    people: People, assistant: Release, client_for
) -> None:
    key = "safety.harm_rate"
    act = next_act(release_gate(assistant), people.analyst)
    assert act is not None
    assert act.text.startswith("file the report of a test made outside")
    assert act.url == reverse("evidence_new", args=[assistant.pk, key])
    client = client_for(people.analyst)
    form = client.get(act.url)
    assert "Result, with interval and number of cases" in form.content.decode()
    with pytest.raises(Refused, match="Nothing is written under"):
        attest(
            actor=people.analyst, release=assistant, key=key,
            filing=Filing(text=form.context["form"].initial["text"]),
        )  # fmt: skip
    report = Filing(chunks=[b"%PDF-1.7 report"], name="report.pdf")
    attest(actor=people.analyst, release=assistant, key=key, filing=report)
    filed = status_of(assistant, key)
    assert (filed.status, filed.basis, filed.is_open) == ("not_estimable", "attested", True)
    page = client.get(reverse("requirement_detail", args=[assistant.pk, key])).content.decode()
    assert "Ask for an exception" in page
    assert reverse("exception_new", args=[assistant.pk, key]) in page


def test_what_the_portal_measures_is_not_met_by_filing(people: People, release: Release) -> None:
    tiered(release, people.analyst, TIER_1)
    with pytest.raises(Refused, match="not met by filing"):
        attest(
            actor=people.analyst, release=release, key="attribution.additivity",
            filing=Filing(text="It adds up, as everybody can see for themselves."),
        )  # fmt: skip


def test_after_a_refusal_the_next_act_is_a_new_release(people: People, release: Release) -> None:
    tiered(release, people.analyst, TIER_4)
    found = release_gate(Release.objects.get(pk=release.pk))
    before = next_act(found, people.analyst)
    assert before is not None
    assert before.label != "Make a new release"
    refused = replace(found, gate=replace(found.gate, outcome="refused"))
    act = next_act(refused, people.analyst)
    assert act is not None
    assert (act.label, act.mine) == ("Make a new release", True)
    assert act.url == reverse("release_new", args=[release.system_id])
