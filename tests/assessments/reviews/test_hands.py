"""Who had a hand: by own acts on what a release is made of, wherever and whenever; never by name.

Each case is refused by the service and by the database, and shown with its act.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.models import Review, RiskAcceptance, SignOff, Vote
from assessments.services.acceptances import accept_risk
from assessments.services.evidence import Filing, attest
from assessments.services.gates import compute_gate, release_gate
from assessments.services.intakes import submit_intake
from rai_portal.accounts.choices import Role
from rai_portal.accounts.models import Membership, User
from rai_portal.errors import NotAllowed
from rai_portal.ledger.services.record import record
from registry.choices import ModelFormat
from registry.guards import GUARDS
from registry.models import AISystem, Contribution, Mitigation, ModelArtefact, Release, Risk
from registry.services.datasets import ColumnRoleInput, set_roles, upload_dataset
from registry.services.mitigations import MitigationFacts, create_mitigation, update_mitigation
from registry.services.mitigations import facts_of as mitigation_facts
from registry.services.ratings import rate_risk
from registry.services.releases import attach_dataset, create_release, set_model
from registry.services.risks import (
    Rating,
    RiskFacts,
    close_risk,
    create_risk,
    facts_of,
    update_risk,
)
from tests.assessments.board import NOTE, asked, ready, short_policy, signs
from tests.assessments.world import TIER_1, attested, tiered
from tests.factories import (
    People,
    make_dataset,
    make_file,
    make_release,
    make_risk,
    make_system,
)
from tests.unguarded import unguarded

ROWS = [b"id,race,approved,predicted\n1,A,1,1\n2,B,0,0\n"]


@dataclass(frozen=True)
class World:
    """A system of the analyst's, and a board member who is an analyst as well."""

    people: People
    system: AISystem
    dual: User


@pytest.fixture
def world(people: People, system: AISystem) -> World:
    Membership.objects.create(user=people.board, role=Role.ANALYST, portfolio=people.portfolio)
    return World(people=people, system=system, dual=User.objects.get(pk=people.board.pk))


def _facts(world: World) -> RiskFacts:
    return RiskFacts(
        title="Refused loans", cause="Past refusals.", event="It refuses.", harm="A home lost.",
        affected_groups="Applicants", dimension="fairness", owner=world.people.owner,
        inherent=Rating(likelihood=1, severity=4),
    )  # fmt: skip


def _risk(world: World, by: User | None = None) -> Risk:
    return create_risk(actor=by or world.people.analyst, system=world.system, facts=_facts(world))


def _release(world: World, version: str = "next", source: Release | None = None) -> Release:
    return create_release(
        actor=world.people.analyst, system=world.system, version=version, clone_from=source
    )


def uploads_the_data(world: World) -> Release:
    dataset = upload_dataset(
        actor=world.dual, portfolio=world.people.portfolio, name="Rows", chunks=iter(ROWS),
        original_name="rows.csv",
    )  # fmt: skip
    release = _release(world)
    attach_dataset(actor=world.people.analyst, release=release, dataset=dataset)
    return release


def sets_the_roles_before_it_is_attached(world: World) -> Release:
    dataset = make_dataset(portfolio=world.people.portfolio, by=world.people.analyst)
    set_roles(
        actor=world.dual, dataset=dataset, roles={"id": ColumnRoleInput(role="ignored")},
        favourable="1", positive_label="1",
    )  # fmt: skip
    release = _release(world)
    attach_dataset(actor=world.people.analyst, release=release, dataset=dataset)
    return release


def uploads_the_model(world: World) -> Release:
    file = make_file(portfolio=world.people.portfolio, content=b"{}", name="m.json")
    model = ModelArtefact.objects.create(
        system=world.system, name="m", file=file, format=ModelFormat.XGBOOST_JSON, state="succeeded",
        created_by=world.dual,
    )  # fmt: skip
    with transaction.atomic():
        record(actor=world.dual, action="model.uploaded", subject=model)
    release = _release(world)
    return set_model(actor=world.people.analyst, release=release, model=model)


def closes_a_risk_before_the_release_is_made(world: World) -> Release:
    close_risk(actor=world.dual, risk=_risk(world), reason="Retired.")
    return _release(world)


def changes_a_risk_before_the_release_is_made(world: World) -> Release:
    risk = _risk(world)
    update_risk(actor=world.dual, risk=risk, facts=replace(facts_of(risk), title="Other"))
    return _release(world)


def rates_a_risk_that_another_rates_again(world: World) -> Release:
    risk = _risk(world)
    rate_risk(
        actor=world.dual, risk=risk, rating=Rating(likelihood=1, severity=4), rationale="Seen."
    )
    rate_risk(
        actor=world.people.analyst, risk=risk, rating=Rating(likelihood=1, severity=4),
        rationale="The same.",
    )  # fmt: skip
    return _release(world)


def acts_on_a_mitigation_before_the_release_is_made(world: World) -> Release:
    create_mitigation(
        actor=world.dual, risk=_risk(world),
        facts=MitigationFacts(title="Reweigh", owner=world.people.owner),
    )  # fmt: skip
    return _release(world)


def answers_the_intake_that_a_clone_starts_from(world: World) -> Release:
    first = _release(world, "first")
    submit_intake(actor=world.dual, release=first, answers=TIER_1)
    return _release(world, source=first)


def answers_the_intake_after_the_clone_was_made(world: World) -> Release:
    first = _release(world, "first")
    clone = _release(world, source=first)
    submit_intake(actor=world.dual, release=first, answers=TIER_1)
    return clone


def files_what_is_bound_to_the_system(world: World) -> Release:
    first = _release(world, "first")
    tiered(first, world.people.analyst, TIER_1)
    filing = Filing(text="", chunks=iter([b"How to contest a decision."]), name="contest.txt")
    attest(actor=world.dual, release=first, key="controls.contest", filing=filing)
    return _release(world)


CASES: tuple[Callable[[World], Release], ...] = (
    uploads_the_data,
    sets_the_roles_before_it_is_attached,
    uploads_the_model,
    closes_a_risk_before_the_release_is_made,
    changes_a_risk_before_the_release_is_made,
    rates_a_risk_that_another_rates_again,
    acts_on_a_mitigation_before_the_release_is_made,
    answers_the_intake_that_a_clone_starts_from,
    answers_the_intake_after_the_clone_was_made,
    files_what_is_bound_to_the_system,
)


def _insert_vote(review: Review, voter: User) -> None:
    with transaction.atomic():
        Vote.objects.create(
            review=review, voter=voter, kind="no_go", reason="Because.", roles=["board"],
            function=voter.function, scope_digest="a", gate_digest="b", signed_at=timezone.now(),
        )  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_who_acted_on_a_part_signs_nothing(world: World, case: Callable[[World], Release]) -> None:
    if case is not files_what_is_bound_to_the_system:
        short_policy()
    release = case(world)
    tiered(release, world.people.analyst, TIER_1)
    if case is not files_what_is_bound_to_the_system:
        attested(release, NOTE, world.people.analyst)
    review = asked(release, world.people, "no_go")
    assert world.dual.pk in release_gate(release).contributors
    with pytest.raises(NotAllowed, match="had a hand"):
        signs(world.dual, review, "no_go")
    with pytest.raises(IntegrityError, match="had a hand"):
        _insert_vote(review, world.dual)
    _insert_vote(review, world.people.board2)


def test_reading_and_judging_leave_no_hand_and_another_system_has_its_own(
    people: People, release: Release
) -> None:
    dataset = make_dataset(portfolio=people.portfolio, by=people.analyst)
    attach_dataset(actor=people.analyst, release=release, dataset=dataset)
    risk = make_risk(release.system, by=people.analyst)
    other = make_release(make_system(portfolio=people.portfolio, owner=people.owner))
    with transaction.atomic():
        for action, subject in (
            ("dataset.file_downloaded", dataset),
            ("dataset.sensitive_read", dataset),
            ("risk.rating_confirmed", risk),
            ("risk.rating_declined", risk),
            ("system.changed", other.system),
        ):
            record(actor=people.board, action=action, subject=subject)
    assert people.board.pk not in release_gate(release).contributors
    assert people.board.pk in release_gate(other).contributors
    ready(release, people)
    _insert_vote(asked(release, people, "no_go"), people.board)


# Being named


def test_a_board_member_named_as_owner_may_still_refuse(people: People, release: Release) -> None:
    ready(release, people)
    world = World(people=people, system=release.system, dual=people.board)
    risk = _risk(world)
    review = asked(release, people)
    create_mitigation(
        actor=people.analyst, risk=risk, facts=MitigationFacts(title="m", owner=people.board)
    )
    update_risk(actor=people.analyst, risk=risk, facts=replace(facts_of(risk), owner=people.board))
    assert people.board.pk not in release_gate(release).contributors
    assert signs(people.board, review, "no_go", reason="I refuse.").decision is not None
    assert compute_gate(release).outcome == "refused"


def test_naming_an_approver_afterwards_voids_nothing(people: People, release: Release) -> None:
    ready(release, people)
    world = World(people=people, system=release.system, dual=people.board)
    risk = _risk(world)
    review = asked(release, people)
    signs(people.board, review)
    signs(people.board2, review)
    row = create_mitigation(
        actor=people.analyst, risk=risk, facts=MitigationFacts(title="m", owner=people.owner)
    )
    update_mitigation(
        actor=people.analyst, mitigation=row,
        facts=replace(mitigation_facts(row), owner=people.board2),
    )  # fmt: skip
    # As older versions noted it.
    Contribution.objects.create(release=release, user=people.board2, act="mitigation.owned")
    with unguarded(*GUARDS):
        Contribution.objects.filter(act="mitigation.owned").update(at=review.recommended_at)
    assert compute_gate(release).outcome == "approved"


def test_a_specialist_who_acts_after_the_approval_voids_neither_word_nor_approval(
    people: People, release: Release
) -> None:
    short_policy(NOTE, "sign_offs.legal")
    tiered(release, people.analyst, TIER_1)
    attested(release, NOTE, people.analyst)
    SignOff.objects.create(
        release=release, requirement="sign_offs.legal", outcome="signed", note="Read.",
        scope_digest=release.scope_digest(), signed_by=people.reviewer, signed_at=timezone.now(),
    )  # fmt: skip
    review = asked(release, people)
    signs(people.board, review)
    signs(people.board2, review)
    Contribution.objects.create(release=release, user=people.reviewer, act="plan.changed")
    assert compute_gate(release).outcome == "approved"
    release.settings = {"cut_off": 0.9}
    release.save()
    # The next scope starts anew: the word was of another scope, and its giver is out.
    assert people.reviewer.pk in release_gate(release).contributors


# Acceptances


def _over(world: World) -> Risk:
    return create_risk(
        actor=world.people.analyst, system=world.system,
        facts=replace(_facts(world), inherent=Rating(likelihood=5, severity=5)),
    )  # fmt: skip


def _rated(world: World, risk: Risk, by: User, rationale: str = "Seen in the decisions.") -> Risk:
    rate_risk(actor=by, risk=risk, rating=Rating(likelihood=5, severity=5), rationale=rationale)
    return Risk.objects.get(pk=risk.pk)


def _accepts(user: User, risk: Risk) -> RiskAcceptance:
    return accept_risk(
        actor=user, risk=risk, rationale="Few cases.", monitoring="Monthly.",
        expires_on=timezone.now().date() + dt.timedelta(days=60),
    )  # fmt: skip


def _appetite(release: Release) -> str:
    gate = compute_gate(Release.objects.get(pk=release.pk))
    return next(item.status for item in gate.requirements if item.key == "risks.appetite")


@pytest.fixture
def before_the_executive(people: People, system: AISystem) -> tuple[World, Release]:
    Membership.objects.create(user=people.executive, role=Role.ANALYST, portfolio=people.portfolio)
    world = World(people=people, system=system, dual=User.objects.get(pk=people.executive.pk))
    short_policy("risks.appetite")
    release = _release(world)
    tiered(release, people.analyst, TIER_1)
    return world, release


@pytest.mark.parametrize("act", ["rated", "changed", "mitigated"])
def test_who_once_rated_changed_or_treated_a_risk_does_not_take_it(
    before_the_executive: tuple[World, Release], act: str
) -> None:
    world, release = before_the_executive
    analyst, risk = world.people.analyst, _over(world)
    if act == "rated":
        risk = _rated(world, risk, world.dual)
    elif act == "changed":
        update_risk(actor=world.dual, risk=risk, facts=replace(facts_of(risk), title="Mine"))
        update_risk(actor=analyst, risk=risk, facts=replace(facts_of(risk), title="Theirs"))
    else:
        create_mitigation(
            actor=world.dual, risk=risk,
            facts=MitigationFacts(title="Reweigh", owner=world.people.owner),
        )  # fmt: skip
        assert Mitigation.objects.get().created_by == world.dual
    risk = _rated(world, risk, analyst, "Rated again by another.")
    with pytest.raises(NotAllowed, match="had a hand in this risk"):
        _accepts(world.dual, risk)
    with pytest.raises(IntegrityError, match="does not accept"), transaction.atomic():
        RiskAcceptance.objects.create(
            risk=risk, likelihood=5, severity=5, rationale="r", monitoring="m",
            expires_on=timezone.now().date(), accepted_by=world.dual, accepted_at=timezone.now(),
        )  # fmt: skip
    assert _appetite(release) == "failed"


@pytest.mark.parametrize("change", ["text", "rationale"])
def test_an_acceptance_ends_when_the_risk_is_rewritten_or_rated_anew(
    before_the_executive: tuple[World, Release], change: str
) -> None:
    world, release = before_the_executive
    analyst = world.people.analyst
    risk = _rated(world, _over(world), analyst)
    _accepts(world.people.executive, risk)
    assert _appetite(release) == "met"
    facts = facts_of(risk)
    if change == "text":
        update_risk(actor=analyst, risk=risk, facts=replace(facts, harm="People lose homes."))
    else:
        _rated(world, risk, analyst, "Far worse by new evidence.")
    assert _appetite(release) == "failed"
    _accepts(world.people.executive, Risk.objects.get(pk=risk.pk))
    assert _appetite(release) == "met"


def test_who_owns_a_risk_and_by_when_it_is_due_may_change_under_an_acceptance(
    before_the_executive: tuple[World, Release],
) -> None:
    world, release = before_the_executive
    risk = _rated(world, _over(world), world.people.analyst)
    _accepts(world.people.executive, risk)
    update_risk(
        actor=world.people.analyst, risk=risk,
        facts=replace(facts_of(risk), owner=world.people.reviewer, due_date=dt.date(2027, 1, 1)),
    )  # fmt: skip
    assert _appetite(release) == "met"


def test_what_the_taker_does_later_does_not_void_the_acceptance(
    before_the_executive: tuple[World, Release],
) -> None:
    world, release = before_the_executive
    risk = _rated(world, _over(world), world.people.analyst)
    _accepts(world.dual, risk)
    create_mitigation(
        actor=world.dual, risk=risk, facts=MitigationFacts(title="m", owner=world.people.owner)
    )
    assert _appetite(release) == "met"


def test_a_risk_closed_over_appetite_behind_the_portal_keeps_counting(
    before_the_executive: tuple[World, Release],
) -> None:
    world, release = before_the_executive
    risk = _rated(world, _over(world), world.people.analyst)
    Risk.objects.filter(pk=risk.pk).update(state="closed", closed_reason="x")
    assert _appetite(release) == "failed"
