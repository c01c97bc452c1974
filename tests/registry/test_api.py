import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from rai_portal.accounts.choices import Role, Scope
from rai_portal.accounts.models import Membership
from rai_portal.accounts.services.tokens import create_token
from registry.models import AISystem, Dataset, ModelArtefact, Release, Risk, RiskRating
from registry.services.ratings import answer_rating
from tests.factories import DECISIONS_CSV, attach, make_dataset, make_risk, make_system, make_user

KINDS = ("systems", "releases", "datasets", "models", "risks", "mitigations")


def body(people, **changes):
    return {
        "portfolio": people.portfolio.pk, "name": "Claims", "kind": "rag",
        "owner": people.owner.pk, "purpose": "Sort.", **changes,
    }  # fmt: skip


def risk_body(people, system, **changes):
    return {
        "system": system.pk, "title": "T", "cause": "c", "event": "e", "harm": "h",
        "affected_groups": "g", "dimension": "privacy", "owner": people.owner.pk,
        "inherent_likelihood": 3, "inherent_severity": 4, **changes,
    }  # fmt: skip


def send(client, method, path, data):
    return getattr(client, method)(f"/api/v1/{path}", data, content_type="application/json")


def test_systems_are_registered_and_changed(people, client_for):
    client = client_for(people.analyst)
    made = send(client, "post", "systems/", body(people))
    assert made.status_code == 201, made.json()
    changed = send(client, "patch", f"systems/{made.json()['id']}/", {"purpose": "Other."})
    assert (changed.json()["purpose"], changed.json()["name"]) == ("Other.", "Claims")


def test_a_system_is_found_by_its_name(people, client_for, system):
    make_system(portfolio=people.portfolio, owner=people.owner, created_by=people.analyst)
    named = send(client_for(people.analyst), "post", "systems/", body(people)).json()
    found = client_for(people.analyst).get("/api/v1/systems/", {"name": "Claims"}).json()
    assert [row["id"] for row in found["results"]] == [named["id"]]


def test_releases_carry_over_and_show_their_digest(people, client_for, system, release):
    attach(release, make_dataset(portfolio=people.portfolio, by=people.analyst))
    client = client_for(people.analyst)
    data = {"system": system.pk, "version": "2.0", "cloned_from": release.pk}
    made = send(client, "post", "releases/", data)
    assert made.status_code == 201, made.json()
    row = Release.objects.get(pk=made.json()["id"])
    assert made.json()["scope_digest"] == row.scope_digest()
    assert len(made.json()["datasets"]) == 1
    changed = send(client, "patch", f"releases/{row.pk}/", {"settings": {"threshold": 0.4}})
    assert changed.json()["settings"] == {"threshold": 0.4}
    assert changed.json()["scope_digest"] != made.json()["scope_digest"]


def test_a_refused_part_refuses_the_whole(people, client_for, system, release):
    other = make_system(portfolio=people.portfolio, owner=people.owner, created_by=people.analyst)
    model = ModelArtefact.objects.create(
        system=other, name="M", format="xgboost_json",
        file=make_dataset(portfolio=people.portfolio, by=people.analyst).file,
        created_by=people.analyst,
    )  # fmt: skip
    client, before = client_for(people.analyst), Release.objects.count()
    data = {"system": system.pk, "version": "9.9", "model": model.pk}
    assert send(client, "post", "releases/", data).status_code == 422
    assert Release.objects.count() == before
    half = send(client, "patch", f"releases/{release.pk}/", {"version": "half", "model": model.pk})
    assert half.status_code == 422
    version = release.version
    release.refresh_from_db()
    assert release.version == version


def test_a_table_for_a_release_of_another_portfolio_is_not_taken_in(people, client_for, release):
    Membership.objects.create(user=people.analyst, portfolio=people.other_portfolio, role="analyst")
    file = SimpleUploadedFile("d.csv", DECISIONS_CSV.encode())
    data = {
        "portfolio": people.other_portfolio.pk, "name": "D", "file": file, "release": release.pk,
    }  # fmt: skip
    answer = client_for(people.analyst).post("/api/v1/datasets/", data)
    assert answer.status_code == 422
    assert "belongs to another portfolio" in answer.json()["detail"]
    assert not Dataset.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1e999}', "not finite"), ('{"a": "\\ud800"}', "surrogate"),
        ('{"\\ud800": 1}', "surrogate"), ('{"a": "x\\u0000"}', "NUL"),
        ('{"a": ' + "[" * 40 + "]" * 40 + "}", "16 levels"),
        ("[" * 100_000, "nested too deep"),
    ],
)  # fmt: skip
def test_settings_that_no_digest_can_hold_are_refused(people, client_for, release, text, said):
    whole = f'{{"settings": {text}}}'
    answer = client_for(people.analyst).patch(
        f"/api/v1/releases/{release.pk}/", whole, content_type="application/json"
    )
    assert answer.status_code in {400, 422}
    assert said in answer.json()["detail"]
    release.refresh_from_db()
    assert release.settings == {}


def test_a_number_and_its_text_are_two_scopes(release):
    seen = set()
    for value in (0.5, "0.5", 1, "1", 2**60, str(2**60), True):
        release.settings = {"threshold": value}
        seen.add(release.scope_digest())
    assert len(seen) == 7


def test_what_a_person_is_shown_is_kept_by_no_cache(people, client_for, release):
    client = client_for(people.analyst)
    for path in (f"/releases/{release.pk}/", "/api/v1/releases/", "/"):
        assert client.get(path)["Cache-Control"] == "private, no-store"


def test_risks_are_recorded_rated_and_closed(people, client_for, system):
    client = client_for(people.analyst)
    made = send(client, "post", "risks/", risk_body(people, system)).json()
    assert (made["level"], made["current_likelihood"]) == ("high", None)
    path = f"risks/{made['id']}/"
    rating = {"likelihood": 1, "severity": 4, "rationale": "Seen."}
    proposed = send(client, "post", f"{path}rate/", rating).json()
    assert (proposed["level"], proposed["current_likelihood"]) == ("high", None)
    assert proposed["waiting"]["needs"] == "it brings the risk within appetite"
    over = send(client, "post", f"{path}close/", {"reason": "x"})
    assert (over.status_code, "over the appetite" in over.json()["detail"]) == (422, True)
    waiting = RiskRating.objects.get(pk=proposed["waiting"]["id"])
    answer_rating(actor=people.reviewer, rating=waiting, confirm=True, note="Read as well.")
    told = send(client, "patch", path, {"title": "T"}).json()
    assert (told["level"], told["waiting"]) == ("low", None)
    patched = send(client, "patch", path, {"target_likelihood": 1, "target_severity": 2}).json()
    assert (patched["target_severity"], patched["title"]) == (2, "T")
    half = send(client, "patch", path, {"target_severity": None})
    assert half.status_code == 400
    assert send(client, "post", f"{path}close/", {"reason": "x"}).json()["state"] == "closed"
    refused = send(client, "post", f"{path}rate/", rating)
    assert (refused.status_code, "is closed" in refused.json()["detail"]) == (422, True)


def test_mitigations_are_planned_and_verified_by_another_person(people, client_for, system):
    risk = make_risk(system, by=people.analyst)
    client = client_for(people.analyst)
    data = {"risk": risk.pk, "title": "Do", "owner": people.owner.pk}
    made = send(client, "post", "mitigations/", data).json()
    path = f"mitigations/{made['id']}/"
    assert send(client, "post", f"{path}status/", {"status": "done"}).json()["status"] == "done"
    assert send(client, "post", f"{path}status/", {"status": "verified"}).status_code == 400
    evidence = {"note": "Works.", "reference": "run 1"}
    for own in (people.owner, people.analyst):
        assert send(client_for(own), "post", f"{path}verify/", evidence).status_code == 422
    second = make_user(Role.ANALYST, people.portfolio)
    verified = send(client_for(second), "post", f"{path}verify/", evidence).json()
    assert (verified["status"], verified["verified_by"]) == ("verified", second.pk)


def test_data_and_roles_go_in(people, client_for, release, run_work):
    client = client_for(people.analyst)
    file = SimpleUploadedFile("d.csv", DECISIONS_CSV.encode())
    with run_work():
        made = client.post(
            "/api/v1/datasets/",
            {"portfolio": people.portfolio.pk, "name": "D", "file": file, "release": release.pk},
        )
    assert made.status_code == 201, made.json()
    assert release.release_datasets.get().dataset_id == made.json()["id"]
    data = {
        "columns": [
            {"name": "race", "role": "sensitive", "purpose": "p", "legal_basis": "l"},
            {"name": "predicted", "role": "prediction"},
        ],
        "favourable": "1",
    }
    answer = send(client, "put", f"datasets/{made.json()['id']}/roles/", data)
    roles = {column["name"]: column["role"] for column in answer.json()["columns"]}
    assert (roles["race"], roles["predicted"]) == ("sensitive", "prediction")


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"\x80\x04\x95", "Python pickle"), (b"PK\x03\x04", "zip archive")]
)
def test_a_pickle_named_json_is_refused_with_a_sentence(
    people, client_for, system, content, sentence
):
    answer = client_for(people.analyst).post(
        "/api/v1/models/",
        {"system": system.pk, "name": "M", "file": SimpleUploadedFile("m.json", content)},
    )
    assert answer.status_code == 422
    assert sentence in answer.json()["errors"]["file"][0]
    assert not ModelArtefact.objects.exists()


def test_a_ragged_table_is_refused_with_its_line(people, client_for):
    file = SimpleUploadedFile("d.csv", b"a,b\n1\n")
    answer = client_for(people.analyst).post(
        "/api/v1/datasets/", {"portfolio": people.portfolio.pk, "name": "D", "file": file}
    )
    assert answer.status_code == 422
    assert "Line 2 has 1 value" in answer.json()["detail"]
    assert not Dataset.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_lists_are_empty_for_strangers_and_closed_to_nobody(people, client_for, client, kind):
    assert client_for(people.stranger).get(f"/api/v1/{kind}/").json()["count"] == 0
    assert client.get(f"/api/v1/{kind}/").status_code == 401


def test_a_strangers_rows_do_not_exist_by_id_or_as_a_related_id(
    people, client_for, system, release
):
    stranger = client_for(people.stranger)
    risk = make_risk(system, by=people.analyst)
    for path in (f"systems/{system.pk}/", f"releases/{release.pk}/", f"risks/{risk.pk}/"):
        assert stranger.get(f"/api/v1/{path}").status_code == 404
        assert send(stranger, "patch", path, {}).status_code == 404
    theirs = make_system(portfolio=people.other_portfolio, owner=people.stranger)
    attempts = (
        ("releases/", {"system": system.pk, "version": "1"}),
        ("releases/", {"system": theirs.pk, "version": "1", "cloned_from": release.pk}),
        ("risks/", {**risk_body(people, system), "owner": people.stranger.pk}),
        ("mitigations/", {"risk": risk.pk, "title": "x", "owner": people.stranger.pk}),
        ("systems/", body(people, owner=people.stranger.pk)),
    )
    for path, data in attempts:
        answer = send(stranger, "post", path, data)
        assert answer.status_code == 400, path
        assert "object does not exist" in str(answer.json())
    assert AISystem.objects.count() == 2
    assert Risk.objects.count() == 1


def test_a_row_is_not_moved_to_another_portfolio(people, client_for, system):
    client = client_for(people.analyst)
    answer = send(
        client, "patch", f"systems/{system.pk}/", {"portfolio": people.other_portfolio.pk}
    )
    assert answer.status_code == 400
    system.refresh_from_db()
    assert system.portfolio == people.portfolio


@pytest.mark.parametrize("role", ["auditor", "reviewer", "board", "executive", "pipeline"])
def test_readers_change_nothing(people, client_for, system, role):
    client = client_for(getattr(people, role))
    assert client.get(f"/api/v1/systems/{system.pk}/").status_code == 200
    assert send(client, "patch", f"systems/{system.pk}/", {"purpose": "x"}).status_code == 403
    assert send(client, "post", "risks/", risk_body(people, system)).status_code == 403


def test_a_token_that_only_reads_changes_nothing(people, client, system):
    _, text = create_token(actor=None, user=people.analyst, scope=Scope.READ, days=1)
    head = {"HTTP_AUTHORIZATION": f"Token {text}"}
    assert client.get("/api/v1/systems/", **head).json()["count"] == 1
    refused = client.patch(
        f"/api/v1/systems/{system.pk}/", {"purpose": "x"}, "application/json", **head
    )
    assert refused.status_code == 403


def test_the_schema_of_these_views_is_made_without_a_warning(capsys):
    from django.urls import include, path

    GENERATOR_STATS.reset() if hasattr(GENERATOR_STATS, "reset") else None
    patterns = [path("api/v1/", include("registry.api.urls"))]
    schema = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)
    assert set(KINDS) <= {name.split("/")[3] for name in schema["paths"]}
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_address_without_a_resource_answers_in_the_form_of_the_api(client, method):
    answer = getattr(client, method)("/api/v1/nothing/here/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/json"
    assert "nothing at this address" in answer.json()["detail"]


def test_the_wrong_scheme_is_told_the_right_one(people, client):
    answer = client.get("/api/v1/systems/", headers={"Authorization": "Bearer abc"})
    assert answer.status_code == 401
    assert "Authorization: Token" in answer.json()["detail"]
    assert answer["WWW-Authenticate"] == "Token"
