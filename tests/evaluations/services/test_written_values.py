"""However a table writes two values: what the page offers is what the evaluation compares."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse

from evaluations.models import Run
from evaluations.services.runs import start_runs
from rai_portal.accounts.models import User
from registry.forms.data import RolesForm
from registry.models import Dataset, Release
from registry.services.datasets import ColumnRoleInput, set_roles, upload_dataset
from tests.evaluations.services.cases import check, locked_plan
from tests.factories import People, attach

type Work = Callable[[], AbstractContextManager[object]]

SENSITIVE = ColumnRoleInput(role="sensitive", purpose="Test decisions", legal_basis="Reg B")


def _decisions(good: object, bad: object, missing: object) -> tuple[list[str], list[object]]:
    """Of 200 in A 160 are invited, of 200 in B 100; the decision on 7 in B is not known."""
    groups = ["A"] * 200 + ["B"] * 207
    held = [good] * 160 + [bad] * 40 + [good] * 100 + [bad] * 100 + [missing] * 7
    return groups, held


def _csv(good: str, bad: str) -> bytes:
    groups, held = _decisions(good, bad, "  ")
    rows = [f" {group},{value}" for group, value in zip(groups, held, strict=True)]
    return "\n".join(["race,invited", *rows, ""]).encode()


def _parquet(good: object, bad: object, missing: object = None) -> bytes:
    groups, held = _decisions(good, bad, missing)
    buffer = io.BytesIO()
    pq.write_table(pa.table({"race": groups, "invited": pa.array(held, from_pandas=False)}), buffer)
    return buffer.getvalue()


def _uploaded(people: People, run_work: Work, content: bytes) -> Dataset:
    with run_work():
        dataset = upload_dataset(
            actor=people.analyst, portfolio=people.portfolio, name="Invitations",
            chunks=[content], original_name="invitations",
        )  # fmt: skip
    dataset.refresh_from_db()
    assert dataset.state == "succeeded", dataset.message
    return dataset


def _offered(dataset: Dataset, column: str) -> list[str]:
    field: Any = RolesForm(dataset=dataset).fields["favourable"]
    choices = dict(field.choices)
    return [value for value, _ in choices[column]]


def _ran(people: People, release: Release, dataset: Dataset, run_work: Work) -> Run:
    attach(release, dataset)
    locked_plan(people, release, dataset, check(dataset))
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run.refresh_from_db()
    return run


type Written = tuple[bytes, str, list[str]]

WRITTEN: list[Written] = [
    (_csv("yes", "no"), "yes", ["no", "yes"]),
    (_csv("Y", "N"), "Y", ["N", "Y"]),
    (_csv("TRUE", "False"), "TRUE", ["False", "TRUE"]),
    (_csv("true", "false"), "true", ["false", "true"]),
    (_csv("1.0", "0.0"), "1.0", ["0.0", "1.0"]),
    (_csv("1", "0"), "1", ["0", "1"]),
    (_csv(" yes ", " no"), "yes", ["no", "yes"]),
    (_csv('" yes\t"', "no"), "yes", ["no", "yes"]),
    (_parquet(good=True, bad=False), "true", ["false", "true"]),
    (_parquet(1, 0), "1", ["0", "1"]),
    (_parquet(1.0, 0.0, float("nan")), "1.0", ["0.0", "1.0"]),
    (_parquet("yes", "no", " "), "yes", ["no", "yes"]),
    (_parquet(" yes ", "no"), "yes", ["no", "yes"]),
]


@pytest.mark.parametrize("written", WRITTEN)
def test_each_value_that_is_offered_can_be_chosen_and_gives_the_verdict(
    people: People, release: Release, run_work: Work, written: Written
) -> None:
    content, good, offered = written
    dataset = _uploaded(people, run_work, content)
    assert _offered(dataset, "invited") == offered
    set_roles(
        actor=people.analyst, dataset=dataset, favourable=good,
        roles={"race": SENSITIVE, "invited": ColumnRoleInput(role="prediction")},
    )  # fmt: skip
    run = _ran(people, release, dataset, run_work)
    assert run.state == "succeeded", run.message
    assert run.result is not None
    rates = {
        (item["group"]["race"], item["estimate"]["value"], item["estimate"]["n"])
        for item in run.result["metrics"]
        if item["metric"] == "selection_rate" and item["group"]
    }
    assert rates == {("A", 0.8, 200), ("B", 0.5, 200)}
    assert run.verdicts.get().verdict == "fail"


def test_values_written_in_two_ways_are_one_value_everywhere(
    people: People, release: Release, run_work: Work
) -> None:
    groups, held = _decisions("1", "0", "")
    mixed = ["true" if value == "1" and at % 5 == 0 else value for at, value in enumerate(held)]
    rows = [f"{group},{value}" for group, value in zip(groups, mixed, strict=True)]
    dataset = _uploaded(people, run_work, "\n".join(["race,invited", *rows]).encode())
    assert _offered(dataset, "invited") == ["0", "1"]
    set_roles(
        actor=people.analyst, dataset=dataset, favourable="1",
        roles={"race": SENSITIVE, "invited": ColumnRoleInput(role="prediction")},
    )  # fmt: skip
    assert _ran(people, release, dataset, run_work).verdicts.get().verdict == "fail"


def test_a_page_names_no_option_of_the_command_line(
    people: People, release: Release, run_work: Work, client_for: Callable[[User], Client]
) -> None:
    dataset = _uploaded(people, run_work, _csv("yes", "no"))
    set_roles(
        actor=people.analyst, dataset=dataset, favourable="yes",
        roles={"race": SENSITIVE, "invited": ColumnRoleInput(role="prediction")},
    )  # fmt: skip
    # As it stands in databases whose profiles took yes for true.
    Dataset.objects.filter(pk=dataset.pk).update(favourable="true")
    run = _ran(people, release, Dataset.objects.get(pk=dataset.pk), run_work)
    assert run.state == "failed"
    assert run.message.endswith("Name the favourable value.")
    page = client_for(people.analyst).get(reverse("run_detail", args=[run.pk]))
    assert "--favourable" not in page.content.decode()
