from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from rai_portal.accounts.models import Membership
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.forms.releases import as_text, as_value
from registry.models import ModelArtefact, Release
from registry.queries.hands import hands_in
from registry.queries.history import acts, entries_about
from registry.services.releases import (
    attach_dataset,
    create_release,
    detach_dataset,
    facts_of,
    set_model,
    update_release,
)
from registry.services.risks import close_risk
from registry.services.scope import difference
from registry.services.systems import SystemFacts, register_system
from tests.factories import make_dataset, make_file, make_release, make_risk, make_system


def make_model(system, by, state="succeeded", content=b'{"learner": {}}'):
    file = make_file(portfolio=system.portfolio, content=content, name="model.json", by=by)
    return ModelArtefact.objects.create(
        system=system, name="Forest", file=file, format="xgboost_json", created_by=by, state=state,
        signature={"feature_names": ["income", "ratio"]},
    )  # fmt: skip


def test_the_next_release_carries_over_data_model_and_settings(people, system):
    first = create_release(
        actor=people.analyst, system=system, version="1.0", settings={"threshold": 0.5}
    )
    attach_dataset(
        actor=people.analyst,
        release=first,
        dataset=make_dataset(portfolio=people.portfolio, by=people.analyst),
    )
    set_model(actor=people.analyst, release=first, model=make_model(system, people.analyst))
    second = create_release(actor=people.analyst, system=system, version="1.1", clone_from=first)
    assert second.settings == {"threshold": 0.5}
    first.refresh_from_db()
    assert second.model_id == first.model_id is not None
    assert [item.dataset_id for item in second.release_datasets.all()] == [
        item.dataset_id for item in first.release_datasets.all()
    ]
    found = difference(first, second)
    assert [(c.label, c.before, c.after) for c in found.changes] == [("Version", "1.0", "1.1")]
    assert found.before_digest != found.after_digest


def test_a_planned_launch_is_still_to_come_when_it_is_set(people, system):
    yesterday = timezone.localdate() - timedelta(days=1)
    given = {"actor": people.analyst, "system": system}
    with pytest.raises(Refused, match="has passed") as refusal:
        create_release(**given, version="1.0", planned_launch=yesterday)
    assert refusal.value.field == "planned_launch"
    assert not system.releases.exists()
    release = create_release(**given, version="1.0", planned_launch=timezone.localdate())
    with pytest.raises(Refused, match="has passed"):
        update_release(
            actor=people.analyst, release=release,
            facts=replace(facts_of(release), planned_launch=yesterday),
        )  # fmt: skip
    # Time passes; what is said of the release may still be mended.
    Release.objects.filter(pk=release.pk).update(planned_launch=yesterday)
    release.refresh_from_db()
    facts = replace(facts_of(release), change_summary="Mended")
    assert update_release(actor=people.analyst, release=release, facts=facts).planned_launch == (
        yesterday
    )


def test_a_launch_whose_day_passed_without_an_approval_is_late(people, client_for, release):
    url = reverse("release_detail", args=[release.pk])
    for days, late in ((1, False), (-1, True)):
        Release.objects.filter(pk=release.pk).update(
            planned_launch=timezone.localdate() + timedelta(days=days)
        )
        page = client_for(people.analyst).get(url).text
        assert ("Late" in page, "this day has passed" in page) == (late, late)


def test_a_model_that_is_given_a_sensitive_column_uses_it_when_it_decides(
    people, client_for, release
):
    dataset = make_dataset(portfolio=people.portfolio, by=people.analyst)
    attach_dataset(actor=people.analyst, release=release, dataset=dataset)
    model = make_model(release.system, people.analyst)
    set_model(actor=people.analyst, release=release, model=model)
    url = reverse("release_detail", args=[release.pk])
    client = client_for(people.analyst)
    assert "Not used when it decides" in client.get(url).text
    ModelArtefact.objects.filter(pk=model.pk).update(signature={"feature_names": ["x", "race"]})
    page = client.get(url).text
    assert "Not used when it decides" not in page
    assert "Used when it decides: the model is given race" in page
    assert "Forest is given race when it decides, and the data declares race sensitive" in page
    Release.objects.filter(pk=release.pk).update(uses_sensitive_at_decision=True)
    page = client.get(url).text
    assert "Used when it decides: the model is given race" in page
    assert "The release says that no sensitive" not in page


def test_what_changed_names_settings_model_and_data(people, system):
    first = create_release(
        actor=people.analyst, system=system, version="1.0", settings={"threshold": 0.5}
    )
    second = create_release(
        actor=people.analyst, system=system, version="1.1", clone_from=first,
        settings={"threshold": 0.6, "note": "x"},
    )  # fmt: skip
    model = make_model(system, people.analyst)
    set_model(actor=people.analyst, release=second, model=model)
    second.refresh_from_db()
    changes = {c.label: (c.before, c.after) for c in difference(first, second).changes}
    assert changes == {
        "Version": ("1.0", "1.1"),
        "Setting threshold": ("0.5", "0.6"),
        "Setting note": ("", "x"),
        "Model": ("", model.file.sha256),
    }


def test_a_version_is_taken_once_in_a_system(people, system):
    create_release(actor=people.analyst, system=system, version="1.0")
    with pytest.raises(Refused, match="has a release of that version already"):
        create_release(actor=people.analyst, system=system, version=" 1.0 ")


def test_a_release_is_not_cloned_from_another_system(people, system, release):
    other = make_system(portfolio=people.portfolio, owner=people.owner)
    with pytest.raises(Refused, match="same system"):
        create_release(actor=people.analyst, system=other, version="1.0", clone_from=release)


def acts_in(release):
    return {(item.user_id, item.act) for item in hands_in([release]).in_release[release.pk]}


def rated_low(risk, people):
    risk.current_likelihood = risk.current_severity = 1
    risk.rated_by, risk.rated_at = people.stranger, timezone.now()
    risk.save()
    return risk


def test_whoever_wrote_system_risk_or_source_has_a_hand_in_the_release(people):
    system = register_system(
        actor=people.owner,
        portfolio=people.portfolio,
        facts=SystemFacts(name="A", kind="rag", owner=people.owner, purpose="B"),
    )
    risk = make_risk(system, by=people.stranger)
    Membership.objects.create(user=people.board, role="analyst", portfolio=people.portfolio)
    close_risk(actor=people.board, risk=rated_low(risk, people), reason="Retired.")
    release = create_release(actor=people.analyst, system=system, version="1")
    acts = acts_in(release)
    assert acts == {
        (people.analyst.pk, "release.created"),
        (people.owner.pk, "system.registered"),
        (people.board.pk, "risk.closed"),
    }
    clone = create_release(actor=people.owner, system=system, version="2", clone_from=release)
    assert (people.analyst.pk, "release.created") in {
        (item.user_id, item.act) for item in hands_in([clone]).in_release[clone.pk]
    }


def test_a_changed_setting_moves_the_digest_and_the_ledger_keeps_both(people, release):
    before = release.scope_digest()
    changed = update_release(
        actor=people.analyst,
        release=release,
        facts=replace(facts_of(release), settings={"threshold": 0.4}),
    )
    details = Entry.objects.about(release).get().payload.after["details"]
    assert details == {
        "scope_digest_before": before,
        "scope_digest_after": changed.scope_digest(),
    }
    assert before != changed.scope_digest()


def test_an_unchanged_release_leaves_no_trace(people, release):
    update_release(actor=people.analyst, release=release, facts=facts_of(release))
    assert not Entry.objects.about(release).exists()
    assert not release.contributions.exists()


def test_a_dataset_of_another_portfolio_is_not_attached(people, release):
    foreign = make_dataset(portfolio=people.other_portfolio, by=people.stranger)
    with pytest.raises(Refused, match="another portfolio"):
        attach_dataset(actor=people.analyst, release=release, dataset=foreign)
    assert not release.release_datasets.exists()


def test_a_dataset_is_attached_once_for_a_use_and_can_be_detached(people, release):
    dataset = make_dataset(portfolio=people.portfolio, by=people.analyst)
    item = attach_dataset(actor=people.analyst, release=release, dataset=dataset)
    with pytest.raises(Refused, match="already"):
        attach_dataset(actor=people.analyst, release=release, dataset=dataset)
    detach_dataset(actor=people.analyst, item=item)
    assert not release.release_datasets.exists()
    actions = [entry.action for entry in Entry.objects.about(release).order_by("sequence")]
    assert actions == ["release.dataset_attached", "release.dataset_detached"]


def test_a_model_that_was_refused_is_not_set(people, system, release):
    refused = make_model(system, people.analyst, state="failed")
    with pytest.raises(Refused, match="could not be read"):
        set_model(actor=people.analyst, release=release, model=refused)


def test_an_auditor_changes_no_release(people, release):
    with pytest.raises(NotAllowed):
        update_release(
            actor=people.auditor, release=release, facts=replace(facts_of(release), version="9")
        )


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0.5", 0.5), ("true", True), ('{"a": [1]}', {"a": [1]}), ("plain words", "plain words"),
        ("NaN", "NaN"), ("-Infinity", "-Infinity"), ('"0.5"', "0.5"), ("", ""),
    ],
)  # fmt: skip
def test_a_setting_is_kept_as_json_where_it_is_json(typed, kept):
    assert as_value(typed) == kept
    assert as_value(as_text(kept)) == kept


def test_releases_of_equal_scope_but_another_version_have_other_digests(system):
    assert make_release(system).scope_digest() != make_release(system).scope_digest()


def test_the_history_names_the_models_before_and_after(people, release, system):
    first, second = (
        make_model(system, people.analyst, content=text) for text in (b'{"a": 1}', b'{"a": 2}')
    )
    for number, model in enumerate((first, second)):
        model.name = f"Scorer {number}"
        model.save()
        set_model(actor=people.analyst, release=release, model=model)
    entries = list(entries_about(release, people.auditor))
    changes = [change for act in acts(entries) for change in act.changes if change.field == "Model"]
    assert {(change.before, change.after) for change in changes} == {
        ("", str(first)), (str(first), str(second)),
    }  # fmt: skip
    assert "Scorer" in str(first)
