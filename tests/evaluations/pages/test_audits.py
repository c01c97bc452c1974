"""The quick audit: three clicks to the report, and a sentence for every bad file or column."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from evaluations.models import EvaluationReport, QuickAudit, Run
from evaluations.services.runs import cancel_run
from rai_portal.accounts.models import User
from rai_portal.documents.models import StoredFile
from registry.models import Dataset
from tests.factories import DECISIONS_CSV, People

type ClientFor = Callable[[User], Client]
type Work = Callable[[], AbstractContextManager[object]]

BASIS = "Published or anonymous research data"


@pytest.fixture
def client(people: People, client_for: ClientFor) -> Client:
    return client_for(people.analyst)


def _upload(client: Client, people: People, content: bytes, name: str = "loans.csv") -> Any:
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post(reverse("audit_new"), {"file": file, "portfolio": people.portfolio.pk})


def _columns(client: Client, people: People, run_work: Work, content: bytes) -> str:
    """Upload and let the worker read the file; return the address of the columns."""
    with run_work():
        answer = _upload(client, people, content)
    assert answer.status_code == 302, answer.content
    url: str = answer["Location"]
    return url


def _named(**changes: object) -> dict[str, object]:
    facts: dict[str, object] = {
        "prediction": "predicted", "favourable": "1", "groups": ["race"], "label": "approved",
        "positive_label": "1", "purpose": "Testing", "legal_basis": BASIS,
        "minimum_group_size": 30,
    }  # fmt: skip
    return {**facts, **changes}


def test_three_clicks_lead_from_a_file_to_the_report_as_pdf(
    people: People, client: Client, run_work: Work
) -> None:
    url = _columns(client, people, run_work, DECISIONS_CSV.encode())  # the first
    form = client.get(url).context["form"]
    assert form["prediction"].initial == "predicted"
    assert form["groups"].initial == ["race"]
    assert (form["label"].initial, form["favourable"].initial) == ("approved", "1")
    with run_work():
        named = client.post(url, _named())  # the second
    audit = QuickAudit.objects.get()
    assert named["Location"] == reverse("audit_detail", args=[audit.pk])
    page = client.get(named["Location"], follow=True).content.decode()
    assert audit.run is not None
    assert audit.run.counts is False
    # 160 of 200 in A less 50 of 100 in B.
    assert "0.30 (" in page
    with run_work():
        client.post(reverse("run_report", args=[audit.run_id]))  # the third
    assert EvaluationReport.objects.get(run=audit.run).state == "succeeded"


def test_the_columns_are_asked_for_only_when_the_file_was_read(
    people: People, client: Client
) -> None:
    url = _upload(client, people, DECISIONS_CSV.encode())["Location"]
    page = client.get(url).content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert "Make the report" not in page
    assert client.post(url, _named()).status_code == 200
    assert not QuickAudit.objects.exists()


SCORED = "race,predicted,score\n" + "\n".join(
    f"{'A' if n % 2 else 'B'},{n // 2 % 2},0.{n % 9}" for n in range(120)
)


def test_a_score_is_suggested_only_with_what_happened(
    people: People, client: Client, run_work: Work
) -> None:
    url = _columns(client, people, run_work, SCORED.encode())
    form = client.get(url).context["form"]
    assert (form["prediction"].initial, form["label"].initial) == ("predicted", "")
    assert form["score"].initial == ""
    answer = client.post(url, _named(label="", positive_label="", score="score"))
    assert "name that column too" in answer.context["form"].errors["score"][0]
    assert not Run.objects.exists()


def test_values_are_offered_by_column_and_none_is_chosen_for_a_column_that_is_not(
    people: People, client: Client, run_work: Work
) -> None:
    url = _columns(client, people, run_work, b"group,yes_or_no\nEast,1\nWest,0\n")
    form = client.get(url).context["form"]
    choices = form.fields["favourable"].choices
    assert choices == [
        ("", "Choose"),
        ("group", [("East", "East"), ("West", "West")]),
        ("yes_or_no", [("0", "0"), ("1", "1")]),
    ]
    assert (form["prediction"].initial, form["favourable"].initial) == ("", "")


def test_a_cancelled_audit_leads_back_to_its_columns_and_is_made_anew(
    people: People, client: Client, run_work: Work
) -> None:
    url = _columns(client, people, run_work, SCORED.encode())
    chosen = _named(label="", positive_label="")
    client.post(url, chosen)
    audit = QuickAudit.objects.get()
    first = audit.run
    assert first is not None
    cancel_run(actor=people.analyst, run=first)
    page = client.get(reverse("run_detail", args=[first.pk])).content.decode()
    assert f'href="{url}"' in page
    assert "every check that rests on it" not in page
    form = client.get(url).context["form"]
    assert (form["prediction"].initial, form["groups"].initial) == ("predicted", ["race"])
    assert form["legal_basis"].initial == BASIS
    with run_work():
        client.post(url, {**chosen, "favourable": "0"})
    audit.refresh_from_db()
    assert audit.run is not None
    assert audit.run.pk != first.pk
    assert audit.run.state == "succeeded", audit.run.message
    assert audit.run.inputs["favourable"] == "0"


def test_an_audit_is_made_once_of_a_file(people: People, client: Client, run_work: Work) -> None:
    url = _columns(client, people, run_work, DECISIONS_CSV.encode())
    with run_work():
        client.post(url, _named())
    again = client.post(url, _named())
    assert again["Location"] == reverse("audit_detail", args=[QuickAudit.objects.get().pk])
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"race,predicted\nA,1\nB,0,1\n", "Line 3"),
        ("race,predicted\nJos\xe9,1\n".encode("latin-1"), "UTF-8"),
        (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00", ""),
    ],
)
def test_a_bad_file_is_a_sentence_beside_the_field_and_nothing_is_kept(
    people: People, client: Client, content: bytes, said: str
) -> None:
    answer = _upload(client, people, content)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert 'id="id_file_error"' in page
    assert said in page
    assert (Dataset.objects.count(), StoredFile.objects.count()) == (0, 0)


def _rows(*lines: str) -> bytes:
    return "\n".join(("race,sex,empty,predicted,approved,three", *lines)).encode()


# Two values of race; one of sex; none of empty; approved as predicted; three values of three.
ODD = _rows(
    *(
        f"{'A' if index % 2 else 'B'},F,,{index // 2 % 2},{index // 2 % 2},{index % 3}"
        for index in range(120)
    )
)


@pytest.mark.parametrize(
    "bad",
    [
        ({"prediction": ""}, "prediction", "required"),
        ({"prediction": "three"}, "prediction", "“three” has 3 values (0, 1, 2)"),
        ({"favourable": "2"}, "favourable", "“2” is no value of “predicted”"),
        ({"label": "three", "positive_label": "1"}, "label", "“three” has 3 values"),
        ({"positive_label": ""}, "positive_label", "Choose one of the values of “approved”"),
        ({"groups": []}, "groups", "required"),
        ({"groups": ["sex"]}, "groups", "“sex” holds one group"),
        ({"groups": ["empty"]}, "groups", "“empty” holds no values"),
        ({"groups": ["predicted"]}, "groups", "is an outcome here"),
        ({"label": "predicted"}, "label", "plays another part"),
        ({"groups": ["nowhere"]}, "groups", "nowhere"),
        ({"legal_basis": ""}, "legal_basis", "required"),
        ({"purpose": " "}, "purpose", "required"),
        ({"minimum_group_size": 0}, "minimum_group_size", "greater than or equal to 1"),
    ],
)
def test_a_bad_column_is_a_sentence_beside_the_field_and_no_run_starts(
    people: People, client: Client, run_work: Work, bad: tuple[dict[str, object], str, str]
) -> None:
    changes, field, said = bad
    url = _columns(client, people, run_work, ODD)
    answer = client.post(url, _named(**changes))
    assert answer.status_code == 200
    errors = answer.context["form"].errors
    assert any(said in error for error in errors[field]), errors
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert (QuickAudit.objects.count(), Run.objects.count()) == (0, 0)


def test_a_file_of_past_decisions_has_its_one_outcome_as_the_decision(
    people: People, client: Client, run_work: Work
) -> None:
    rows = "\n".join(f"{'A' if index % 2 else 'B'},{index % 3 % 2}" for index in range(120))
    url = _columns(client, people, run_work, f"race,approved\n{rows}\n".encode())
    form = client.get(url).context["form"]
    assert (form["prediction"].initial, form["label"].initial) == ("approved", "")
