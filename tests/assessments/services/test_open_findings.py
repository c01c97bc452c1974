"""Findings of a system at the gates of its releases, and what is filed where nothing measures."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.services.evidence import Filing, attest
from assessments.services.gate_page import next_act
from assessments.services.gates import release_gate
from evaluations.models import Finding
from evaluations.queries.finding_hands import histories
from evaluations.services.findings import (
    FindingFacts,
    close_finding,
    create_finding,
    facts_of,
    update_finding,
)
from rai_portal.accounts.choices import Role
from rai_portal.errors import NotAllowed, Refused
from registry.models import Release
from tests.assessments.world import TIER_1, TIER_4, tiered
from tests.factories import People, make_release, make_system, make_user

KEY = "findings.grave"
numbers = itertools.count(1)
"""The same words twice would be one finding."""


def status_of(release: Release, key: str = KEY):
    found = release_gate(Release.objects.get(pk=release.pk)).requirement(key)
    assert found is not None
    return found


def grave(people: People, release: Release | None, system=None) -> Finding:
    title = f"Refused more often {next(numbers)}"
    facts = FindingFacts(title=title, severity=1, owner=people.owner)
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


def given_away(people: People, release: Release) -> Finding:
    """Made by the analyst, owned by the owner, who makes the analyst its owner."""
    finding = grave(people, release)
    return update_finding(
        actor=people.owner, finding=finding,
        facts=replace(facts_of(finding), owner=people.analyst),
    )  # fmt: skip


def test_a_finding_that_its_owner_gave_away_past_the_services_is_not_settled_by_them(
    people: People, release: Release
) -> None:
    tiered(release, people.analyst, TIER_4)
    finding = given_away(people, release)
    closed = {"state": "closed", "closing_note": "Fine.", "closed_at": timezone.now()}
    for own in (people.owner, people.analyst):
        Finding.objects.filter(pk=finding.pk).update(closed_by=own, **closed)
        assert status_of(release).status == "failed"
    Finding.objects.filter(pk=finding.pk).update(closed_by=people.reviewer, **closed)
    assert status_of(release).status == "met"


def test_a_severity_that_its_own_people_lowered_stands_as_it_was(
    people: People, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiered(release, people.analyst, TIER_4)
    finding = given_away(people, release)
    low = replace(facts_of(finding), severity=4)
    with monkeypatch.context() as patch:  # As an earlier version let them.
        patch.setattr("evaluations.services.findings._require_second_person", lambda *_: None)
        update_finding(actor=people.owner, finding=finding, facts=low)
    assert status_of(release).status == "failed"
    with pytest.raises(NotAllowed, match="ever owned"):
        close_finding(actor=people.owner, finding=finding, note="It is only Sev4.")
    second = make_user(Role.ANALYST, people.portfolio)
    update_finding(actor=second, finding=finding, facts=replace(low, severity=1))
    update_finding(actor=make_user(Role.OWNER, people.portfolio), finding=finding, facts=low)
    assert status_of(release).status == "met"


def test_whose_findings_are_is_read_in_one_query_however_many(
    people: People, release: Release, django_assert_num_queries
) -> None:
    findings = [given_away(people, release) for _ in range(3)]
    with django_assert_num_queries(1):
        found = histories(findings)
    assert [set(found[item.pk].hands) for item in findings] == [
        {people.analyst.pk, people.owner.pk}
    ] * 3
