"""Each page as owner, as reader and as stranger; then what the pages do."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from rai_portal.ledger.models import Entry
from registry.models import AISystem, Dataset, InventoryImport, Mitigation, ModelArtefact, Risk
from registry.services.mitigations import MitigationFacts, create_mitigation
from tests.factories import DECISIONS_CSV, attach, make_dataset, make_file, make_risk

OBJECT_PAGES = (
    ("system_detail", "system"), ("system_history", "system"), ("system_risks", "system"),
    ("release_list", "system"), ("release_detail", "release"), ("dataset_detail", "dataset"),
    ("dataset_progress", "dataset"), ("model_detail", "model"), ("model_progress", "model"),
    ("risk_detail", "risk"), ("system_import_preview", "inventory"),
)  # fmt: skip
CHANGE_PAGES = (
    ("system_edit", "system"), ("release_new", "system"), ("release_edit", "release"),
    ("risk_edit", "risk"), ("risk_rate", "risk"), ("risk_close", "risk"),
    ("mitigation_new", "risk"), ("mitigation_edit", "mitigation"),
    ("mitigation_status", "mitigation"), ("mitigation_verify", "mitigation"),
)  # fmt: skip
POSTS = (
    ("release_dataset_attach", "release"), ("release_model", "release"),
    ("dataset_roles", "dataset"), ("risk_reopen", "risk"), ("mitigation_reopen", "mitigation"),
    ("system_import_apply", "inventory"),
)  # fmt: skip
LISTS = ("system_list", "dataset_list", "risk_list", "system_export", "risk_export")
READERS = ("auditor", "reviewer", "board")


@pytest.fixture
def rows(people, system, release):
    file = make_file(portfolio=people.portfolio, content=b"{}", name="m.json", by=people.analyst)
    model = ModelArtefact.objects.create(
        system=system, name="Forest", file=file, format="xgboost_json", created_by=people.analyst,
        state="succeeded", signature={
            "feature_names": ["income", "race"], "objective": "binary:logistic",
            "booster": "gbtree", "trees": 3, "outputs": 1, "library_version": "3.1.1",
        },
    )  # fmt: skip
    dataset = make_dataset(portfolio=people.portfolio, by=people.analyst, system=system)
    attach(release, dataset)
    release.model = model
    release.save()
    risk = make_risk(system, by=people.analyst)
    mitigation = create_mitigation(
        actor=people.analyst, risk=risk, facts=MitigationFacts(title="Do", owner=people.owner)
    )
    inventory = InventoryImport.objects.create(
        portfolio=people.portfolio, file_name="i.csv", rows=[], created_by=people.analyst
    )
    return {
        "system": system, "release": release, "dataset": dataset, "model": model, "risk": risk,
        "mitigation": mitigation, "inventory": inventory,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "key"), OBJECT_PAGES)
def test_pages_are_read_by_owner_and_readers_and_hidden_from_strangers(
    people, client_for, rows, name, key
):
    url = reverse(name, args=[rows[key].pk])
    for role in ("analyst", "owner", *READERS):
        assert client_for(getattr(people, role)).get(url).status_code == 200, role
    assert client_for(people.stranger).get(url).status_code == 404


@pytest.mark.parametrize(("name", "key"), CHANGE_PAGES)
def test_forms_open_for_owners_only(people, client_for, rows, name, key):
    url = reverse(name, args=[rows[key].pk])
    for role in ("analyst", "owner"):
        assert client_for(getattr(people, role)).get(url).status_code == 200, role
    for role in READERS:
        assert client_for(getattr(people, role)).get(url).status_code == 403, role
        assert client_for(getattr(people, role)).post(url, {}).status_code == 403, role
    assert client_for(people.stranger).get(url).status_code == 404
    assert client_for(people.stranger).post(url, {}).status_code == 404


@pytest.mark.parametrize("name", ["system_new", "system_import", "dataset_new", "risk_new"])
def test_a_form_that_would_be_refused_is_refused_before_it_is_filled_in(people, client_for, name):
    for role in ("analyst", "owner"):
        assert client_for(getattr(people, role)).get(reverse(name)).status_code == 200, role
    for role in (*READERS, "administrator"):
        answer = client_for(getattr(people, role)).get(reverse(name))
        assert answer.status_code == 403, role
        assert "Ask an analyst or a system owner" in " ".join(answer.text.split()), role


@pytest.mark.parametrize(("name", "key"), POSTS)
def test_acts_are_refused_to_readers_and_hidden_from_strangers(people, client_for, rows, name, key):
    url = reverse(name, args=[rows[key].pk])
    data = {"reason": "x", "attach-dataset": rows["dataset"].pk, "attach-use": "training"}
    assert client_for(people.auditor).post(url, data).status_code == 403
    assert client_for(people.stranger).post(url, data).status_code == 404
    assert client_for(people.analyst).get(url).status_code == 405


@pytest.mark.parametrize("name", LISTS)
def test_lists_show_a_stranger_nothing_of_ours(people, client_for, rows, name):
    def text(user):
        response = client_for(user).get(reverse(name))
        assert response.status_code == 200
        return response.getvalue().decode() if response.streaming else response.text

    key = "dataset" if name == "dataset_list" else "risk" if "risk" in name else "system"
    label = rows[key].title if key == "risk" else rows[key].name
    assert label in text(people.analyst)
    assert label in text(people.auditor)
    assert label not in text(people.stranger)


@pytest.mark.parametrize("kind", ["dataset", "model"])
def test_a_download_is_an_attachment_told_to_the_ledger(people, client_for, rows, kind):
    url = reverse("file_download", args=[kind, rows[kind].pk])
    response = client_for(people.auditor).get(url)
    assert b"".join(response.streaming_content) == rows[kind].file.path.read_bytes()
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    entry = Entry.objects.about(rows[kind]).get()
    assert (entry.action, entry.actor) == (f"{kind}.file_downloaded", people.auditor)
    assert client_for(people.stranger).get(url).status_code == 404
    assert client_for(people.analyst).get(
        reverse("file_download", args=["risk", rows["risk"].pk])
    ).status_code == 404  # fmt: skip


def test_from_registering_to_roles_each_page_leads_to_the_next(people, client_for, run_work):
    client = client_for(people.analyst)
    answer = client.post(
        reverse("system_new"),
        {
            "name": "Mortgages", "portfolio": people.portfolio.pk, "kind": "predictive",
            "stage": "review", "owner": people.owner.pk, "purpose": "Decide.",
        },
    )  # fmt: skip
    system = AISystem.objects.get()
    assert answer["Location"] == reverse("release_new", args=[system.pk])
    answer = client.post(answer["Location"], {"version": "1.0"})
    release = system.releases.get()
    assert answer["Location"] == reverse("release_detail", args=[release.pk])
    upload = f"{reverse('dataset_new')}?release={release.pk}"
    assert upload in client.get(answer["Location"]).text
    file = SimpleUploadedFile("loans.csv", DECISIONS_CSV.encode())
    with run_work():
        answer = client.post(upload, {"file": file, "use": "evaluation"})
    dataset = Dataset.objects.get()
    assert (dataset.name, dataset.system) == ("loans", system)
    page = client.get(answer["Location"])
    assert "Suggested: its name is that of a protected attribute" in page.text
    form = page.context["form"]
    data = {bound.html_name: bound.value() or "" for bound in form}
    data |= {"purpose": "Test for discrimination", "legal_basis": "Regulation B"}
    answer = client.post(
        f"{reverse('dataset_roles', args=[dataset.pk])}?release={release.pk}", data
    )
    assert answer["Location"] == reverse("release_detail", args=[release.pk])
    dataset.refresh_from_db()
    assert (dataset.favourable, dataset.positive_label) == ("1", "1")
    assert dataset.columns.get(name="race").role == "sensitive"
    assert reverse("intake_form", args=[release.pk]) in client.get(answer["Location"]).text


def test_sensitive_columns_without_a_purpose_come_back_with_the_error(people, client_for, rows):
    dataset = rows["dataset"]
    data = {f"role_{c.position}": c.role for c in dataset.columns.all()}
    response = client_for(people.analyst).post(
        reverse("dataset_roles", args=[dataset.pk]),
        {**data, "favourable": "1", "positive_label": "1"},
    )
    assert response.status_code == 200
    assert "Sensitive columns need a purpose: race." in response.text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x80\x04\x95\x10", "Python pickle, which can run code when opened"),
        (b"PK\x03\x04", "zip archive"),
        (b"hello", "of a kind this portal does not know"),
    ],
)
def test_a_file_that_is_no_model_is_refused_in_the_form(
    people, client_for, release, content, sentence
):
    url = f"{reverse('model_new')}?release={release.pk}"
    response = client_for(people.analyst).post(url, {"file": SimpleUploadedFile("m.json", content)})
    assert response.status_code == 200
    assert sentence in response.text
    assert "Save the model with" in response.text
    assert not ModelArtefact.objects.exists()


def test_json_that_is_no_model_is_refused_by_the_worker_and_leaves_the_release(
    people, client_for, release, run_work
):
    url = f"{reverse('model_new')}?release={release.pk}"
    client = client_for(people.analyst)
    with run_work():
        answer = client.post(url, {"file": SimpleUploadedFile("m.json", b'{"a": 1}')})
    release.refresh_from_db()
    assert release.model is None
    page = client.get(answer["Location"]).text
    assert "not a whole XGBoost JSON model" in page
    assert "Refused" in page


def test_a_model_whose_features_are_not_in_the_data_is_named(people, client_for, rows):
    for url in (
        reverse("model_detail", args=[rows["model"].pk]),
        reverse("release_detail", args=[rows["release"].pk]),
    ):
        page = client_for(people.analyst).get(url).text
        assert "Decisions lacks 1 of the 2 features of Forest: income." in page


def test_an_upload_error_stands_beside_the_field_and_keeps_nothing(people, client_for, release):
    url = f"{reverse('dataset_new')}?release={release.pk}"
    file = SimpleUploadedFile("d.csv", b"a,b\n1,2\n3\n")
    response = client_for(people.analyst).post(url, {"file": file, "use": "evaluation"})
    assert "Line 3 has 1 value where the header has 2" in response.text
    assert not Dataset.objects.exists()


def test_uploads_for_a_release_out_of_sight_are_hidden(people, client_for, release):
    for name in ("dataset_new", "model_new"):
        url = f"{reverse(name)}?release={release.pk}"
        assert client_for(people.stranger).get(url).status_code == 404
        assert client_for(people.auditor).get(url).status_code == 403


def test_exports_neutralise_formulas_and_keep_numbers(people, client_for, system):
    make_risk(system, by=people.analyst, title='=HYPERLINK("http://x","y")', harm="@SUM(A1)")
    response = client_for(people.analyst).get(reverse("risk_export"))
    header, row = list(csv.reader(io.StringIO(response.getvalue().decode())))
    record = dict(zip(header, row, strict=True))
    assert record["title"] == '\'=HYPERLINK("http://x","y")'
    assert record["harm"] == "'@SUM(A1)"
    assert record["inherent severity"] == "5"


def test_the_export_follows_the_filters(people, client_for, system):
    make_risk(system, by=people.analyst, title="Kept", dimension="privacy")
    make_risk(system, by=people.analyst, title="Left out")
    response = client_for(people.analyst).get(reverse("risk_export"), {"dimension": "privacy"})
    text = response.getvalue().decode()
    assert "Kept" in text
    assert "Left out" not in text


def test_hostile_text_is_escaped_everywhere(people, client_for, system):
    attack = "<script>alert(1)</script>"
    risk = make_risk(system, by=people.analyst, title=attack, cause=attack)
    for url in (reverse("risk_list"), reverse("risk_detail", args=[risk.pk])):
        page = client_for(people.analyst).get(url).text
        assert attack not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    "query", ["?sort=;drop", "?page=zzz", "?cell=9-9", "?system=1e9", "?owner=%00", "?level=x",
              "?tier=7&kind=z", "?q=%27%22%3C"],
)  # fmt: skip
def test_a_nonsense_address_is_no_error(people, client_for, rows, query):
    for name in ("risk_list", "system_list", "dataset_list"):
        assert client_for(people.analyst).get(reverse(name) + query).status_code == 200


def test_settings_are_edited_as_rows(people, client_for, release):
    client = client_for(people.analyst)
    url = reverse("release_edit", args=[release.pk])
    data = {
        "version": release.version, "settings-TOTAL_FORMS": 3, "settings-INITIAL_FORMS": 0,
        "settings-0-name": "threshold", "settings-0-value": "0.45",
        "settings-1-name": "prompt", "settings-1-value": "Answer kindly.",
        "settings-2-name": "", "settings-2-value": "",
    }  # fmt: skip
    assert client.post(url, data).status_code == 302
    release.refresh_from_db()
    assert release.settings == {"threshold": 0.45, "prompt": "Answer kindly."}
    twice = {**data, "settings-1-name": "threshold"}
    assert "“threshold” stands twice" in client.post(url, twice).text


def test_a_risk_recorded_from_a_finding_is_tied_to_it(people, client_for, system):
    from evaluations.models import Finding

    finding = Finding.objects.create(
        system=system, title="Gap of 0.12", severity=2, owner=people.owner,
        created_by=people.analyst,
    )  # fmt: skip
    url = f"{reverse('risk_new')}?finding={finding.pk}"
    client = client_for(people.analyst)
    form = client.get(url).context["form"]
    assert form["title"].value() == "Gap of 0.12"
    data = {
        "system": system.pk, "title": "T", "cause": "c", "event": "e", "harm": "h",
        "affected_groups": "g", "dimension": "fairness", "inherent_likelihood": "3",
        "inherent_severity": "4", "treatment": "mitigate", "owner": people.owner.pk,
    }  # fmt: skip
    assert client.post(url, data).status_code == 302
    assert list(finding.risks.all()) == list(Risk.objects.all())
    assert client_for(people.stranger).get(url).status_code == 404


def test_progress_asks_for_a_fresh_page_when_the_work_has_ended(people, client_for, rows):
    url = reverse("dataset_progress", args=[rows["dataset"].pk])
    client = client_for(people.analyst)
    assert client.get(url)["HX-Refresh"] == "true"
    Dataset.objects.update(state="running")
    response = client.get(url)
    assert "HX-Refresh" not in response
    assert "hx-get" in response.text


def test_history_shows_who_when_before_and_after(people, client_for, rows):
    client = client_for(people.analyst)
    client.post(
        reverse("mitigation_status", args=[rows["mitigation"].pk]), {"status": "in_progress"}
    )
    page = client.get(reverse("system_history", args=[rows["system"].pk])).text
    assert "Mitigation status set: Do" in page
    assert "In progress" in page
    assert "in_progress" not in page
    assert str(people.analyst) in page
    assert Mitigation.objects.get().status == "in_progress"


def test_signing_in_comes_first(client, rows):
    for name in LISTS:
        answer = client.get(reverse(name))
        assert answer.status_code == 302
        assert reverse("account_login") in answer["Location"]
