from dataclasses import replace

import pytest

from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.models import AISystem
from registry.queries.hands import hands_in
from registry.services.systems import SystemFacts, facts_of, register_system, update_system
from tests.factories import make_release


def facts(people, **changes):
    begin = SystemFacts(
        name="Claims triage", kind="predictive", owner=people.owner, purpose="Sort claims."
    )
    return replace(begin, **changes)


def test_an_analyst_registers_a_system_and_the_ledger_says_so(people):
    system = register_system(actor=people.analyst, portfolio=people.portfolio, facts=facts(people))
    entry = Entry.objects.about(system).get()
    assert (entry.action, entry.actor, entry.portfolio_id) == (
        "system.registered", people.analyst, people.portfolio.pk,
    )  # fmt: skip


@pytest.mark.parametrize(
    "role", ["reviewer", "board", "executive", "auditor", "administrator", "pipeline", "stranger"]
)
def test_nobody_else_registers_a_system(people, role):
    with pytest.raises(NotAllowed):
        register_system(
            actor=getattr(people, role), portfolio=people.portfolio, facts=facts(people)
        )
    assert not AISystem.objects.exists()


def test_a_name_is_taken_once_in_a_portfolio(people):
    register_system(actor=people.analyst, portfolio=people.portfolio, facts=facts(people))
    with pytest.raises(Refused, match="has a system of that name already"):
        register_system(actor=people.analyst, portfolio=people.portfolio, facts=facts(people))


def test_a_person_of_another_portfolio_cannot_own_the_system(people):
    with pytest.raises(Refused, match="no role in this portfolio") as refusal:
        register_system(
            actor=people.analyst,
            portfolio=people.portfolio,
            facts=facts(people, owner=people.stranger),
        )
    assert refusal.value.field == "owner"


def test_a_pipeline_cannot_own_a_system(people):
    with pytest.raises(Refused, match="only a person"):
        register_system(
            actor=people.analyst,
            portfolio=people.portfolio,
            facts=facts(people, owner=people.pipeline),
        )


def test_a_changed_purpose_moves_the_digest_of_each_release_and_notes_the_author(people, system):
    first, second = make_release(system), make_release(system)
    before = first.scope_digest()
    update_system(
        actor=people.owner, system=system, facts=replace(facts_of(system), purpose="Other.")
    )
    first.refresh_from_db()
    first.system.refresh_from_db()
    assert first.scope_digest() != before
    hands = hands_in([first, second]).in_release
    assert [(item.user_id, item.act) for item in hands[first.pk]] == [
        (people.owner.pk, "system.changed")
    ]
    assert hands[second.pk] == hands[first.pk]
    entry = Entry.objects.about(system).latest("sequence")
    assert entry.payload.before == {"purpose": "Decide on applications for a mortgage."}
    assert entry.payload.after == {"purpose": "Other."}


def test_saving_a_system_unchanged_leaves_no_trace(people, system):
    update_system(actor=people.analyst, system=system, facts=facts_of(system))
    assert not Entry.objects.about(system).exists()


def test_an_unknown_kind_is_refused_with_its_field(people):
    with pytest.raises(Refused, match="not a valid choice") as refusal:
        register_system(
            actor=people.analyst, portfolio=people.portfolio, facts=facts(people, kind="magic")
        )
    assert refusal.value.field == "kind"
