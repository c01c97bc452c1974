"""Who may file, sign, except, accept and grant: by the service, and by the database."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from assessments.choices import IntakeState
from assessments.models import ExceptionGrant, RiskAcceptance, SignOff
from assessments.services.acceptances import accept_risk
from assessments.services.evidence import Filing, attest, confirm_model_card
from assessments.services.exceptions import Plea, answer_exception, request_exception
from assessments.services.gates import compute_gate
from assessments.services.intakes import draft_of, save_answers, submit_intake
from assessments.services.sign_offs import sign
from rai_portal.documents.models import StoredFile
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.models import Contribution, Release
from registry.services.contributions import note_contribution
from tests.assessments.world import (
    GAP,
    TIER_1,
    TIER_1_POINTS,
    TIER_4,
    TIER_4_POINTS,
    judged,
    planned,
    tiered,
)
from tests.factories import People, attach, make_dataset, make_release, make_risk

LEGAL = "sign_offs.legal"
DATASHEET = "documents.datasheet"


def statuses(release: Release) -> dict[str, str]:
    return {item.key: item.status for item in compute_gate(release).requirements}


def filled(document: str, body: str = "Somebody wrote a sentence here.") -> str:
    from assessments.services.templates import HEADINGS

    return "\n".join(f"## {heading}\n{body}" for heading in HEADINGS[document])


@pytest.fixture
def tier_1(people: People, release: Release) -> Release:
    attach(release, make_dataset(portfolio=people.portfolio, by=people.analyst))
    tiered(release, people.analyst, TIER_1)
    return release


# The intake


def test_an_effect_on_credit_gives_tier_1_at_27_points(people: People, release: Release) -> None:
    intake = tiered(release, people.analyst, TIER_1)
    assert (intake.tier, intake.tier_result["total"]) == (1, TIER_1_POINTS)
    assert [item["key"] for item in intake.tier_result["elevations"]] == ["credit"]


def test_a_room_planner_gives_tier_4_at_2_points(people: People, release: Release) -> None:
    intake = tiered(release, people.analyst, TIER_4)
    assert (intake.tier, intake.tier_result["total"]) == (4, TIER_4_POINTS)


def test_answers_that_contradict_themselves_stay_a_draft_without_a_tier(
    people: People, release: Release
) -> None:
    answers = {**TIER_1, "personal_data": ["none"]}
    intake, result = submit_intake(actor=people.analyst, release=release, answers=answers)
    assert result.blocked
    assert [item.key for item in result.contradictions] == ["person_without_data"]
    assert (intake.state, intake.tier) == (IntakeState.DRAFT, None)
    assert compute_gate(release).outcome == "blocked"


def test_an_answer_that_is_missing_keeps_the_intake_a_draft(
    people: People, release: Release
) -> None:
    answers = {key: value for key, value in TIER_1.items() if key != "reasons"}
    intake, result = submit_intake(actor=people.analyst, release=release, answers=answers)
    assert result.missing == ("reasons",)
    assert intake.state == IntakeState.DRAFT


def test_submitted_answers_stand_until_others_give_a_tier(people: People, tier_1: Release) -> None:
    with pytest.raises(Conflict, match="The answers are submitted"):
        save_answers(actor=people.analyst, release=tier_1, answers={})
    before = Entry.objects.count()
    kept, result = submit_intake(actor=people.analyst, release=tier_1, answers={})
    assert result.blocked
    assert (kept.tier, kept.answers) == (1, TIER_1)
    assert compute_gate(tier_1).tier == 1
    assert Entry.objects.count() == before
    submit_intake(actor=people.analyst, release=tier_1, answers=TIER_4)
    assert compute_gate(tier_1).tier == 4


def test_a_clone_starts_from_the_answers_of_its_source(people: People, tier_1: Release) -> None:
    clone = make_release(tier_1.system, by=people.analyst)
    clone.cloned_from = tier_1
    clone.save()
    draft = draft_of(clone)
    assert draft.answers == TIER_1
    assert draft.carried_from == tier_1.version


def test_the_intake_notes_who_answered_and_writes_to_the_ledger(
    people: People, tier_1: Release
) -> None:
    acts = Contribution.objects.filter(release=tier_1, user=people.analyst)
    assert {"intake.answered", "intake.submitted"} <= set(acts.values_list("act", flat=True))
    entries = Entry.objects.about(tier_1.intake).order_by("sequence")
    assert list(entries.values_list("action", flat=True)) == ["intake.saved", "intake.submitted"]


@pytest.mark.parametrize("role", ["reviewer", "board", "executive", "auditor", "administrator"])
def test_only_analysts_and_owners_answer_and_file(
    people: People, tier_1: Release, role: str
) -> None:
    actor = getattr(people, role)
    with pytest.raises(NotAllowed):
        save_answers(actor=actor, release=tier_1, answers=TIER_4)
    with pytest.raises(NotAllowed):
        attest(actor=actor, release=tier_1, key=DATASHEET, filing=Filing(text=filled("datasheet")))


# Evidence


def test_a_filled_datasheet_meets_its_requirement(people: People, tier_1: Release) -> None:
    filing = Filing(text=filled("datasheet"))
    attest(actor=people.owner, release=tier_1, key=DATASHEET, filing=filing)
    assert statuses(tier_1)[DATASHEET] == "met"


def test_a_template_with_a_heading_left_empty_is_refused(people: People, tier_1: Release) -> None:
    text = filled("datasheet").replace("Somebody wrote a sentence here.", "", 1)
    with pytest.raises(Refused, match="Why the data were collected"):
        attest(actor=people.owner, release=tier_1, key=DATASHEET, filing=Filing(text=text))
    assert statuses(tier_1)[DATASHEET] == "missing"


def test_a_heading_that_was_taken_out_is_asked_for(people: People, tier_1: Release) -> None:
    text = "## Something else\nSomebody wrote quite a few words under it."
    with pytest.raises(Refused, match="Nothing is written under"):
        attest(actor=people.owner, release=tier_1, key=DATASHEET, filing=Filing(text=text))


def test_a_file_alone_meets_a_requirement_and_a_pickle_is_refused(
    people: People, tier_1: Release
) -> None:
    with pytest.raises(Refused):
        filing = Filing(chunks=[b"\x80\x04\x95\x10\x00."], name="sheet.json")
        attest(actor=people.owner, release=tier_1, key=DATASHEET, filing=filing)
    filing = Filing(chunks=[b"%PDF-1.7 a sheet"], name="sheet.pdf")
    attest(actor=people.owner, release=tier_1, key=DATASHEET, filing=filing)
    assert statuses(tier_1)[DATASHEET] == "met"


@pytest.mark.parametrize(
    ("chunks", "name", "sentence"),
    [
        ([b" "], "x.pdf", "nothing in this file"),
        ([b" \n", b"\x00\x00"], "x.txt", "nothing in this file"),
        ([], "x.pdf", "is empty"),
        ([b"It is a datasheet."], "x.pdf", "By its name this file is a PDF file"),
        ([b"%PDF-1.7"], "x.docx", "By its name this file is a DOCX file"),
    ],
)
def test_a_file_without_content_or_of_another_kind_meets_nothing(
    people: People, tier_1: Release, chunks: list[bytes], name: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        attest(
            actor=people.owner, release=tier_1, key=DATASHEET,
            filing=Filing(chunks=chunks, name=name),
        )  # fmt: skip
    assert statuses(tier_1)[DATASHEET] == "missing"
    assert not StoredFile.objects.filter(original_name=name).exists()


def test_what_is_measured_cannot_be_filed(people: People, tier_1: Release) -> None:
    with pytest.raises(Refused, match="not met by filing"):
        filing = Filing(text="It is fine, we looked at it.")
        attest(actor=people.analyst, release=tier_1, key=GAP, filing=filing)


def test_the_owners_statement_comes_from_an_owner(people: People, release: Release) -> None:
    tiered(release, people.analyst, TIER_4)
    key, filing = "documents.owner_attestation", Filing(text=filled("owner_attestation"))
    with pytest.raises(NotAllowed):
        attest(actor=people.analyst, release=release, key=key, filing=filing)
    attest(actor=people.owner, release=release, key=key, filing=filing)
    assert statuses(release)[key] == "met"


def test_a_model_card_that_was_not_made_cannot_be_confirmed(
    people: People, tier_1: Release
) -> None:
    with pytest.raises(Refused, match="No model card"):
        confirm_model_card(actor=people.analyst, release=tier_1, key="documents.model_card")


# Sign-offs


def test_a_reviewer_without_a_hand_in_it_signs(people: People, tier_1: Release) -> None:
    sign(actor=people.reviewer, release=tier_1, key=LEGAL, outcome="signed", note="Read.")
    assert statuses(tier_1)[LEGAL] == "met"


@pytest.mark.parametrize("role", ["analyst", "owner", "board", "executive", "auditor", "pipeline"])
def test_nobody_but_a_reviewer_signs(people: People, tier_1: Release, role: str) -> None:
    with pytest.raises(NotAllowed):
        sign(actor=getattr(people, role), release=tier_1, key=LEGAL, outcome="signed", note="Read.")


def test_a_reviewer_who_contributed_is_refused_by_service_and_database(
    people: People, tier_1: Release
) -> None:
    note_contribution(release=tier_1, user=people.reviewer, act="evidence.filed")
    with pytest.raises(NotAllowed, match="had a hand"):
        sign(actor=people.reviewer, release=tier_1, key=LEGAL, outcome="signed", note="Read.")
    insert = (
        "INSERT INTO assessments_signoff (release_id, requirement, outcome, note, scope_digest, "
        "signed_by_id, signed_at) VALUES (%s, %s, 'signed', 'Read.', %s, %s, %s)"
    )
    values = [tier_1.pk, LEGAL, "a" * 64, people.reviewer.pk, timezone.now()]
    with pytest.raises(DatabaseError, match="had a hand"), transaction.atomic():
        connection.cursor().execute(insert, values)
    assert not SignOff.objects.exists()


# Exceptions


def plea(days: int = 30, **given: str) -> Plea:
    return Plea(
        reason=given.get("reason", "The season starts."),
        compensation=given.get("compensation", "200 more rows by March."),
        expires_on=timezone.now().date() + dt.timedelta(days=days),
    )


def asked(people: People, release: Release, verdict: str = "inconclusive") -> ExceptionGrant:
    check = planned(release, release.release_datasets.get().dataset, people.analyst)
    judged(check, people.analyst, verdict)
    return request_exception(actor=people.analyst, release=release, key=GAP, plea=plea())


def test_an_exception_counts_once_the_executive_has_granted_it(
    people: People, tier_1: Release
) -> None:
    exception = asked(people, tier_1)
    assert statuses(tier_1)[GAP] == "inconclusive"
    answer_exception(actor=people.executive, exception=exception, grant=True)
    assert statuses(tier_1)[GAP] == "accepted"
    with pytest.raises(Conflict):
        answer_exception(actor=people.executive, exception=exception, grant=False)


def test_in_tier_1_no_exception_for_a_failed_check_can_be_asked_for(
    people: People, tier_1: Release
) -> None:
    with pytest.raises(Refused, match="cannot be excepted in Tier 1"):
        asked(people, tier_1, "fail")


def test_the_board_may_not_except_in_tier_1_what_is_the_executives(
    people: People, tier_1: Release
) -> None:
    with pytest.raises(NotAllowed):
        answer_exception(actor=people.board, exception=asked(people, tier_1), grant=True)


def test_below_tier_1_the_board_may_except_a_failed_check(people: People, release: Release) -> None:
    attach(release, make_dataset(portfolio=people.portfolio, by=people.analyst))
    # 3 + 3 + 0 + 2 + 3 + 0 + 6 + 3 + 2 = 22 points: Tier 3 from 10, and fairness 6 from 4.
    answers = {**TIER_1, "areas": ["customer_service"]}
    assert tiered(release, people.analyst, answers).tier == 3
    exception = asked(people, release, "fail")
    answer_exception(actor=people.board, exception=exception, grant=True)
    assert statuses(release)[GAP] == "accepted"


def test_an_exception_is_asked_for_no_longer_than_the_policy_lets_it_stand(
    people: People, tier_1: Release
) -> None:
    judged(
        planned(tier_1, tier_1.release_datasets.get().dataset, people.analyst),
        people.analyst,
        "inconclusive",
    )
    with pytest.raises(Refused, match="at the latest"):
        request_exception(actor=people.analyst, release=tier_1, key=GAP, plea=plea(181))
    with pytest.raises(Refused, match="which data"):
        request_exception(
            actor=people.analyst, release=tier_1, key=GAP, plea=plea(compensation=" ")
        )
    request_exception(actor=people.analyst, release=tier_1, key=GAP, plea=plea(180))


def test_an_executive_who_contributed_is_refused_by_service_and_database(
    people: People, tier_1: Release
) -> None:
    exception = asked(people, tier_1)
    note_contribution(release=tier_1, user=people.executive, act="release.changed")
    with pytest.raises(NotAllowed, match="had a hand"):
        answer_exception(actor=people.executive, exception=exception, grant=True)
    with pytest.raises(DatabaseError, match="had a hand"), transaction.atomic():
        connection.cursor().execute(
            "UPDATE assessments_exceptiongrant SET granted_by_id = %s, granted_at = %s "
            "WHERE id = %s",
            [people.executive.pk, timezone.now(), exception.pk],
        )
    exception.refresh_from_db()
    assert exception.granted_by is None


def test_an_exception_is_not_granted_once_the_scope_has_changed(
    people: People, tier_1: Release
) -> None:
    exception = asked(people, tier_1)
    tier_1.settings = {"cut_off": "0.6"}
    tier_1.save()
    with pytest.raises(Conflict, match="has changed"):
        answer_exception(actor=people.executive, exception=exception, grant=True)
    answer_exception(actor=people.executive, exception=exception, grant=False)


# Acceptance of risks


def over(people: People, release: Release, **columns: object):
    given = {
        "current_likelihood": 4,
        "current_severity": 4,
        "rated_by": people.analyst,
        "rated_at": timezone.now(),
        "rating_rationale": "Read from last year.",
        **columns,
    }
    return make_risk(release.system, by=people.analyst, **given)


def taken(actor, risk, days: int = 30) -> RiskAcceptance:
    return accept_risk(
        actor=actor,
        risk=risk,
        rationale="The bank can bear it.",
        monitoring="Monthly, by the owner.",
        expires_on=timezone.now().date() + dt.timedelta(days=days),
    )


def test_the_executive_takes_a_critical_risk_for_90_days_at_most(
    people: People, tier_1: Release
) -> None:
    risk = over(people, tier_1)
    with pytest.raises(Refused, match="at the latest"):
        taken(people.executive, risk, days=91)
    taken(people.executive, risk, days=90)
    assert statuses(tier_1)["risks.appetite"] == "met"


def test_an_acceptance_does_not_cover_a_risk_that_has_grown(
    people: People, tier_1: Release
) -> None:
    risk = over(people, tier_1, current_likelihood=3, current_severity=4)
    taken(people.executive, risk)
    assert statuses(tier_1)["risks.appetite"] == "met"
    risk.current_likelihood = 5
    risk.save()
    assert statuses(tier_1)["risks.appetite"] == "failed"


@pytest.mark.parametrize("role", ["analyst", "owner", "reviewer", "board", "auditor"])
def test_nobody_else_takes_a_high_risk_in_tier_1(
    people: People, tier_1: Release, role: str
) -> None:
    risk = over(people, tier_1, current_likelihood=3)
    with pytest.raises(NotAllowed):
        taken(getattr(people, role), risk)


def test_who_is_only_named_as_the_owner_of_a_risk_may_take_it(
    people: People, tier_1: Release
) -> None:
    risk = over(people, tier_1)
    risk.owner = people.executive
    risk.save()
    taken(people.executive, risk)
    assert statuses(tier_1)["risks.appetite"] == "met"


@pytest.mark.parametrize("column", ["rated_by", "created_by"])
def test_who_wrote_or_rated_a_risk_does_not_take_it(
    people: People, tier_1: Release, column: str
) -> None:
    risk = over(people, tier_1)
    setattr(risk, column, people.executive)
    risk.save()
    with pytest.raises(NotAllowed, match="had a hand"):
        taken(people.executive, risk)
    insert = (
        "INSERT INTO assessments_riskacceptance (risk_id, likelihood, severity, rationale, "
        "monitoring, risk_digest, expires_on, accepted_by_id, accepted_at) "
        "VALUES (%s, 4, 4, 'Small.', 'Monthly.', '', %s, %s, %s)"
    )
    now = timezone.now()
    with pytest.raises(DatabaseError, match="does not accept"), transaction.atomic():
        connection.cursor().execute(insert, [risk.pk, now.date(), people.executive.pk, now])


def test_a_risk_within_appetite_or_without_rating_is_not_taken(
    people: People, tier_1: Release
) -> None:
    with pytest.raises(Refused, match="within appetite"):
        taken(people.executive, over(people, tier_1, current_likelihood=2, current_severity=2))
    with pytest.raises(Refused, match="no residual rating"):
        taken(people.executive, make_risk(tier_1.system, by=people.analyst))


def test_the_database_takes_grants_and_acceptances_of_judges_alone(
    people: People, tier_1: Release
) -> None:
    today = timezone.now().date()
    asked = {
        "release": tier_1, "requirement": "documents.data_note", "status_accepted": "missing",
        "scope_digest": tier_1.scope_digest(), "reason": "R", "compensation": "C",
        "expires_on": today, "requested_by": people.analyst, "requested_at": timezone.now(),
    }  # fmt: skip
    granted = {"granted_by": people.auditor, "granted_at": timezone.now()}
    with pytest.raises(DatabaseError, match="only people with a deciding"), transaction.atomic():
        ExceptionGrant.objects.create(**asked, **granted)
    row = ExceptionGrant.objects.create(**asked)
    with pytest.raises(DatabaseError, match="only people with a deciding"), transaction.atomic():
        ExceptionGrant.objects.filter(pk=row.pk).update(**granted)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        row.delete()
    risk = over(people, tier_1)
    taken_as = {
        "risk": risk, "likelihood": 4, "severity": 4, "rationale": "R", "monitoring": "M",
        "expires_on": today, "accepted_at": timezone.now(),
    }  # fmt: skip
    with pytest.raises(DatabaseError, match="only people with a deciding"), transaction.atomic():
        RiskAcceptance.objects.create(**taken_as, accepted_by=people.administrator)
    kept = RiskAcceptance.objects.create(**taken_as, accepted_by=people.executive)
    with pytest.raises(DatabaseError, match="stays as it was taken"), transaction.atomic():
        RiskAcceptance.objects.filter(pk=kept.pk).update(roles=["executive"])
    RiskAcceptance.objects.filter(pk=kept.pk).update(revoked_at=timezone.now())
