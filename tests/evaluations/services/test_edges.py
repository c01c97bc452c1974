"""A column of numbers is compared by the bins that were declared for it, from page to verdict."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.models import Run
from evaluations.services.plans import lock_problems, propose_plan, replace_plan
from evaluations.services.runs import start_runs
from rai_portal.accounts.models import User
from rai_portal.errors import Refused
from registry.forms.data import RolesForm
from registry.forms.edges import edges_field
from registry.models import Dataset, DatasetColumn, Release
from registry.services.datasets import ColumnRoleInput, set_roles, upload_dataset
from tests.evaluations.services.cases import check, locked_plan
from tests.factories import People, attach

type Work = Callable[[], AbstractContextManager[object]]

# Ages 20 to 59, ten rows each and 3 without an age: of those under 40 80 % are invited, of the
# others 50 %.
_SHARES = {True: 8, False: 5}
ROWS = [f"{age},{int(row < _SHARES[age < 40])}" for age in range(20, 60) for row in range(10)] + [
    ",1"
] * 3
CONTENT = "\n".join(["age,invited", *ROWS]).encode()


@pytest.fixture
def dataset(people: People, run_work: Work) -> Dataset:
    with run_work():
        row = upload_dataset(
            actor=people.analyst, portfolio=people.portfolio, name="Invitations",
            chunks=[CONTENT], original_name="invitations.csv",
        )  # fmt: skip
    row.refresh_from_db()
    return row


def _declare(people: People, dataset: Dataset, *edges: str) -> Dataset:
    sensitive = ColumnRoleInput(
        role="sensitive", purpose="Test decisions", legal_basis="ADEA", edges=edges
    )
    roles = {"age": sensitive, "invited": ColumnRoleInput(role="prediction")}
    set_roles(actor=people.analyst, dataset=dataset, roles=roles, favourable="1")
    return Dataset.objects.get(pk=dataset.pk)


def _ran(people: People, release: Release, run_work: Work) -> Run:
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run.refresh_from_db()
    assert run.state == "succeeded", run.message
    return run


def _rates(run: Run) -> dict[str, tuple[float, int]]:
    assert run.result is not None
    return {
        item["group"]["age"]: (item["estimate"]["value"], item["estimate"]["n"])
        for item in run.result["metrics"]
        if item["metric"] == "selection_rate" and item["group"] and "estimate" in item
    }


def test_many_numbers_are_no_groups_without_edges(people: People, dataset: Dataset) -> None:
    with pytest.raises(
        Refused, match=r"“age” holds 40 different numbers.*Give it edges"
    ) as refusal:
        _declare(people, dataset)
    assert refusal.value.field == "edges_0"
    with pytest.raises(Refused, match="larger than the one before"):
        _declare(people, dataset, "40", "25")


def test_bins_are_counted_and_an_edge_belongs_to_the_bin_above_it(
    people: People, release: Release, dataset: Dataset, run_work: Work
) -> None:
    declared = _declare(people, dataset, "30", "40")
    attach(release, declared)
    locked_plan(people, release, declared, check(declared, by=("age",)))
    run = _ran(people, release, run_work)
    assert _rates(run) == {
        "under 30": (0.8, 100), "30 to 39": (0.8, 100), "40 and over": (0.5, 200),
    }  # fmt: skip
    assert run.inputs["columns"]["edges"] == {"age": ["30", "40"]}
    assert run.verdicts.get().verdict == "fail"


def test_bins_are_listed_by_their_lower_edge_in_tables_figures_and_counts(
    people: People, release: Release, dataset: Dataset, run_work: Work
) -> None:
    declared = _declare(people, dataset, "30", "40")
    attach(release, declared)
    with run_work():
        plan = locked_plan(people, release, declared, check(declared, by=("age",)))
    bins = ["under 30", "30 to 39", "40 and over"]
    result = _ran(people, release, run_work).result
    assert result is not None
    tables = {table["key"]: table for table in result["tables"]}
    assert [row[0] for row in tables["selection_rate_age"]["rows"]] == [*bins, "not recorded"]
    assert tables["rates_age"]["columns"] == ["metric", *bins, "not recorded"]
    figure = next(item for item in result["figures"] if item["key"] == "selection_rate_age")
    labels = [value["label"] for value in figure["specification"]["data"]["values"]]
    assert [label.split(",")[0].split(" (")[0] for label in labels] == bins
    told = [figure["text_alternative"].index(name) for name in bins]
    assert told == sorted(told)
    counted = plan.checks.get().dataset.size_counts.get().sizes
    assert [group["group"] for group in counted["columns"]["age"]] == bins


def test_other_edges_are_another_scope_another_look_and_another_digest(
    people: People, release: Release, dataset: Dataset, run_work: Work
) -> None:
    declared = _declare(people, dataset, "30", "40")
    attach(release, declared)
    plan = locked_plan(people, release, declared, check(declared, by=("age",)))
    first, before = _ran(people, release, run_work), release.scope_digest()
    moved = _declare(people, declared, "40")
    assert Release.objects.get(pk=release.pk).scope_digest() != before
    with pytest.raises(Refused, match="not those that the locked plan fixed"):
        start_runs(actor=people.analyst, release=release)
    replace_plan(actor=people.analyst, plan=plan, reason="One edge will do.")
    newest = locked_plan(people, release, moved, check(moved, by=("age",)))
    assert newest.digest != plan.digest
    second = _ran(people, release, run_work)
    assert _rates(second) == {"under 40": (0.8, 200), "40 and over": (0.5, 200)}
    assert (first.look, second.look) == (1, 2)
    assert first.result_digest != second.result_digest


def test_a_column_declared_before_edges_were_asked_for_keeps_the_plan_from_its_lock(
    people: People, release: Release, dataset: Dataset
) -> None:
    declared = _declare(people, dataset, "40")
    DatasetColumn.objects.filter(dataset=dataset, name="age").update(edges=[])
    attach(release, declared)
    plan = propose_plan(
        actor=people.analyst, release=release, planned=[check(declared, by=("age",))],
        policy_digest="0" * 64,
    )  # fmt: skip
    assert any("Give it edges" in item.sentence for item in lock_problems(plan))


def test_the_roles_page_takes_edges_and_shows_the_groups_they_make(
    people: People, dataset: Dataset, client_for: Callable[[User], Client]
) -> None:
    client = client_for(people.analyst)
    url = reverse("dataset_roles", args=[dataset.pk])
    data = {
        "role_0": "sensitive", "role_1": "prediction", "favourable": "1", "edges_0": "",
        "purpose": "Test", "legal_basis": "ADEA",
    }  # fmt: skip
    refused = client.post(url, data)
    assert "too many to compare as groups" in refused.context["form"].errors["edges_0"][0]
    odd = client.post(url, {**data, "edges_0": "forty"})
    assert "got “forty”" in odd.context["form"].errors["edges_0"][0]
    assert client.post(url, {**data, "edges_0": "25, 40"}).status_code == 302
    page = client.get(reverse("dataset_detail", args=[dataset.pk])).content.decode()
    assert "Compared as under 25, 25 to 39, 40 and over." in page
    assert 'aria-describedby="id_edges_0_helptext"' in page
    assert 'id="id_edges_0_helptext"' in page
    field = RolesForm(dataset=Dataset.objects.get()).fields["edges_0"]
    assert field.initial == "25, 40"
    assert field.label == "Edges between groups of age"
    assert field.help_text == (
        "25, 40, 60 makes the groups under 25, 25 to 39, 40 to 59, 60 and over. Needed to "
        "compare by it: it holds 40 different numbers."
    )


def test_edges_of_few_numbers_may_stay_empty_and_then_the_values_are_the_groups() -> None:
    field = edges_field({
        "name": "income", "kind": "number", "distinct": 4, "whole_numbers": False,
    })  # fmt: skip
    assert not field.required
    assert field.help_text == (
        "25, 40, 60 makes the groups under 25, 25 to under 40, 40 to under 60, 60 and over. "
        "Leave empty to compare its values as they are."
    )


def test_the_quick_audit_asks_for_edges_beside_the_group(
    people: People, dataset: Dataset, client_for: Callable[[User], Client], run_work: Work
) -> None:
    client = client_for(people.analyst)
    url = reverse("audit_columns", args=[dataset.pk])
    page = client.get(url)
    form = page.context["form"]
    assert form["groups"].initial == []
    # Needed for a group that is compared, so it is not called optional; what is so, is.
    label = page.content.decode().partition("Edges between groups of age")[2].partition("</label>")
    assert "optional" not in label[0]
    assert "(optional)" in label[2]
    data = {
        "prediction": "invited", "favourable": "1", "groups": ["age"], "purpose": "Test",
        "legal_basis": "Consent of the people concerned", "minimum_group_size": 30,
    }  # fmt: skip
    field = form.binned["age"]
    assert "too many" in client.post(url, data).context["form"].errors[field][0]
    with run_work():
        client.post(url, {**data, field: "40"})
    run = Run.objects.get()
    assert run.state == "succeeded", run.message
    assert _rates(run) == {"under 40": (0.8, 200), "40 and over": (0.5, 200)}
