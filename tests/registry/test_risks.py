import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry import risk_basis
from registry.models import Risk
from registry.queries.hands import hands_in
from registry.queries.history import acts, entries_about
from registry.queries.risks import RiskFilter, overview, risks_shown, with_rows_beside
from registry.risk_scale import DEFAULT
from registry.services.evidence import Upload
from registry.services.mitigations import MitigationFacts, create_mitigation
from registry.services.ratings import rate_risk
from registry.services.risks import (
    Rating,
    RiskFacts,
    close_risk,
    create_risk,
    facts_of,
    reopen_risk,
    update_risk,
)
from registry.services.saving import A_MOMENT
from tests.factories import make_risk, make_system

TODAY = dt.date(2026, 11, 22)


def facts(people, **changes):
    begin = RiskFacts(
        title="Refused loans", cause="Past refusals", event="Refusal", harm="No home",
        affected_groups="Applicants", dimension="fairness", owner=people.owner,
        inherent=Rating(likelihood=4, severity=5),
    )  # fmt: skip
    return replace(begin, **changes)


@pytest.mark.parametrize(
    ("likelihood", "severity", "level"),
    [
        (1, 4, "low"), (5, 1, "medium"), (3, 3, "medium"), (2, 5, "high"), (3, 5, "high"),
        (4, 4, "critical"), (5, 5, "critical"), (1, 1, "low"),
    ],
)  # fmt: skip
def test_the_level_is_the_product_against_the_limits(likelihood, severity, level):
    assert DEFAULT.level(likelihood, severity) == level


def test_levels_have_bounds_and_appetite_ends_where_high_begins():
    assert [DEFAULT.bounds(level) for level in ("low", "medium", "high", "critical")] == [
        (0, 4), (5, 9), (10, 15), (16, 25),
    ]  # fmt: skip
    assert DEFAULT.beyond_appetite == 10


def test_a_new_risk_is_open_unrated_and_counts_at_its_worst(people, system, release):
    risk = create_risk(actor=people.analyst, system=system, facts=facts(people))
    shown = Risk.objects.with_score().get(pk=risk.pk)
    assert (risk.state, risk.current_score, shown.score, risk.score_now) == ("open", None, 20, 20)
    acts = [(item.user_id, item.act) for item in hands_in([release]).in_release[release.pk]]
    assert acts == [(people.analyst.pk, "risk.created")]


def test_a_rating_keeps_its_reason_author_and_file(people, system, release):
    risk = make_risk(system, by=people.analyst)
    rated = rate_risk(
        actor=people.owner, risk=risk, rating=Rating(likelihood=2, severity=5),
        rationale="Gap of 0.12.", evidence=Upload(chunks=[b"%PDF-1.7 x"], name="memo.pdf"),
    )  # fmt: skip
    assert (rated.risk.current_score, rated.risk.rated_by, rated.needs) == (10, people.owner, "")
    assert rated.risk.rating_evidence.media_type == "application/pdf"
    entry = Entry.objects.about(risk).get()
    assert (entry.action, entry.payload.reason) == ("risk.rated", "Gap of 0.12.")
    assert entry.payload.before["current_score"] is None
    assert entry.payload.after["current_score"] == 10


def test_a_rating_without_a_reason_is_refused(people, system):
    risk = make_risk(system, by=people.analyst)
    with pytest.raises(Refused, match="needs its reason"):
        rate_risk(
            actor=people.analyst, risk=risk, rating=Rating(likelihood=1, severity=1), rationale=" "
        )


@pytest.mark.parametrize("grade", [0, 6])
def test_a_rating_outside_the_matrix_is_refused(people, system, grade):
    risk = make_risk(system, by=people.analyst)
    with pytest.raises(Refused, match="Nothing was saved"):
        rate_risk(
            actor=people.analyst, risk=risk, rating=Rating(likelihood=grade, severity=1),
            rationale="x",
        )  # fmt: skip


def test_a_program_is_not_taken_as_evidence(people, system):
    risk = make_risk(system, by=people.analyst)
    with pytest.raises(Refused, match="a program, which can run code"):
        rate_risk(
            actor=people.analyst, risk=risk, rating=Rating(likelihood=1, severity=1),
            rationale="x", evidence=Upload(chunks=[b"\x7fELF...."], name="memo.pdf"),
        )  # fmt: skip
    risk.refresh_from_db()
    assert risk.current_score is None


def test_a_closed_risk_does_not_change_until_it_is_reopened(people, system):
    risk = make_risk(system, by=people.analyst, current_likelihood=1, current_severity=5)
    with pytest.raises(Refused, match="Say why"):
        close_risk(actor=people.analyst, risk=risk, reason="")
    closed = close_risk(actor=people.analyst, risk=risk, reason="Feature was removed.")
    assert (closed.state, closed.closed_reason) == ("closed", "Feature was removed.")
    with pytest.raises(Refused, match="is closed"):
        update_risk(actor=people.analyst, risk=risk, facts=facts(people))
    opened = reopen_risk(actor=people.analyst, risk=risk, reason="It is back.")
    assert (opened.state, opened.closed_reason) == ("open", "")


def test_a_changed_title_is_in_the_ledger_before_and_after(people, system):
    risk = make_risk(system, by=people.analyst)
    update_risk(actor=people.analyst, risk=risk, facts=replace(facts_of(risk), title="New"))
    payload = Entry.objects.about(risk).get().payload
    assert payload.before == {"title": "Applicants are refused loans they could repay"}
    assert payload.after == {"title": "New"}


@pytest.mark.parametrize("role", ["reviewer", "board", "executive", "auditor", "stranger"])
def test_others_neither_record_nor_rate_risks(people, system, role):
    risk = make_risk(system, by=people.analyst)
    with pytest.raises(NotAllowed):
        create_risk(actor=getattr(people, role), system=system, facts=facts(people))
    with pytest.raises(NotAllowed):
        rate_risk(
            actor=getattr(people, role), risk=risk, rating=Rating(likelihood=1, severity=1),
            rationale="x",
        )  # fmt: skip


def ids(user, **wanted):
    return {risk.pk for risk in risks_shown(user, RiskFilter(**wanted), scale=DEFAULT, today=TODAY)}


def test_filters_find_what_they_name(people, system):
    rated = {
        "current_likelihood": 2, "current_severity": 2, "rated_by": people.owner,
        "rating_rationale": "Seen.",
    }  # fmt: skip
    high = make_risk(system, by=people.analyst, due_date=dt.date(2026, 11, 21))
    low = make_risk(system, by=people.analyst, dimension="privacy", title="Leak", **rated)
    other = make_system(portfolio=people.portfolio, owner=people.owner)
    third = make_risk(other, by=people.analyst, state="closed", owner=people.analyst)
    make_risk(
        make_system(portfolio=people.other_portfolio, owner=people.stranger), by=people.stranger
    )
    user = people.analyst
    assert ids(user) == {high.pk, low.pk, third.pk}
    assert ids(user, state="open") == {high.pk, low.pk}
    assert ids(user, dimension="privacy") == {low.pk}
    assert ids(user, level="low") == {low.pk}
    assert ids(user, level="critical") == ids(user, level="beyond") == {high.pk, third.pk}
    assert ids(user, cell=(2, 2)) == {low.pk}
    assert ids(user, cell=(4, 5), rating="inherent") == {high.pk, low.pk, third.pk}
    assert ids(user, unrated=True, state="open") == {high.pk}
    assert ids(user, overdue=True) == {high.pk}
    assert ids(user, owner=people.analyst.pk) == {third.pk}
    assert ids(user, system=other.pk) == {third.pk}
    assert ids(user, text="leak") == {low.pk}
    assert ids(user, text=high.code.lower()) == {high.pk}
    assert ids(user, basis="attested") == {low.pk}
    assert ids(user, basis="missing", state="open") == {high.pk}


def test_the_heat_map_counts_cells_and_opens_the_list(people, system):
    for likelihood, severity in ((1, 5), (1, 5), (4, 2)):
        make_risk(
            system, by=people.analyst, current_likelihood=likelihood, current_severity=severity,
            rated_by=people.owner,
        )  # fmt: skip
    make_risk(system, by=people.analyst)
    rows = risks_shown(people.analyst, RiskFilter(), scale=DEFAULT, today=TODAY)
    found = overview(rows, rating="current", scale=DEFAULT, url="?")
    bottom = found.heat["rows"][4]
    assert bottom["label"] == "Rare"
    assert bottom["cells"][4] == {
        "level": 2, "n": 2, "url": "?rating=current&cell=1-5", "label": "2 medium: rare, severe",
    }  # fmt: skip
    assert found.heat["rows"][1]["cells"][1]["n"] == 1
    assert (found.total, found.unrated) == (4, 1)
    assert found.by_level == {"low": 0, "medium": 3, "high": 0, "critical": 1}
    assert found.grave == 1


def test_the_rooms_above_may_say_what_a_rating_rests_on(people, system, monkeypatch):
    from django.db.models import Value

    make_risk(system, by=people.analyst)
    monkeypatch.setattr(risk_basis, "_annotator", [])
    risk_basis.use(lambda rows: rows.annotate(basis=Value("measured")))
    assert risk_basis.with_basis(Risk.objects.all()).get().basis == "measured"


def test_rows_beside_are_read_in_a_fixed_number_of_queries(
    people, system, django_assert_num_queries
):
    for _ in range(3):
        make_risk(system, by=people.analyst)
    with django_assert_num_queries(2):
        for risk in with_rows_beside(Risk.objects.all()):
            assert risk.system.portfolio.name
            assert str(risk.owner)
            assert list(risk.mitigations.all()) == []


def test_a_form_sent_twice_records_one_risk_and_one_mitigation(people, system):
    def send():
        return create_risk(actor=people.analyst, system=system, facts=facts(people))

    first = send()
    entries = Entry.objects.count()
    assert send() == first
    assert Entry.objects.count() == entries
    other = replace(facts(people), harm="No car")
    assert create_risk(actor=people.analyst, system=system, facts=other) != first
    Risk.objects.filter(pk=first.pk).update(created_at=timezone.now() - A_MOMENT * 2)
    assert send() != first

    action = MitigationFacts(title="Reweigh rows", owner=people.owner)
    made = create_mitigation(actor=people.analyst, risk=first, facts=action)
    assert create_mitigation(actor=people.analyst, risk=first, facts=action) == made


def test_a_history_tells_the_reason_of_a_rating_once(people, system):
    risk = create_risk(actor=people.analyst, system=system, facts=facts(people))
    for number, rationale in ((4, "Seen in run 4."), (5, "Seen in run 7.")):
        rate_risk(
            actor=people.analyst,
            risk=risk,
            rating=Rating(likelihood=number, severity=5),
            rationale=rationale,
        )
    told = acts(list(entries_about(risk, people.analyst).order_by("-sequence")))[0]
    assert told.reason == "Seen in run 7."
    fields = {change.field: (change.before, change.after) for change in told.changes}
    assert fields["Current likelihood"] == ("4", "5")
    assert "Rating rationale" not in fields
