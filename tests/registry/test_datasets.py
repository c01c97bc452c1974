import errno
import io
import os
import threading

import pytest
from django.conf import settings
from django.core.files import uploadhandler
from django.core.files.uploadedfile import SimpleUploadedFile

from rai_portal.documents.models import StoredFile
from rai_portal.documents.services import store
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.models import Entry
from registry.models import Dataset, LeakCheck
from registry.queries.hands import hands_in
from registry.services.datasets import ColumnRoleInput, set_roles, upload_dataset
from tests.factories import DECISIONS_CSV, attach, make_dataset

SENSITIVE = ColumnRoleInput(role="sensitive", purpose="Test decisions", legal_basis="Reg B")


def upload(people, content, name="data.csv"):
    return upload_dataset(
        actor=people.analyst,
        portfolio=people.portfolio,
        name="Decisions",
        chunks=[content],
        original_name=name,
    )


def nothing_kept():
    scratch = [name for name in os.listdir(settings.SCRATCH_ROOT) if name.startswith("upload-")]  # noqa: PTH208
    return not Dataset.objects.exists() and not StoredFile.objects.exists() and not scratch


def test_an_upload_is_kept_profiled_and_told_to_the_ledger(people, run_work):
    with run_work():
        dataset = upload(people, DECISIONS_CSV.encode())
    dataset.refresh_from_db()
    assert (dataset.state, dataset.rows, dataset.format) == ("succeeded", 304, "csv")
    race = next(c for c in dataset.profile["columns"] if c["name"] == "race")
    assert race["top"] == [
        {"value": "A", "count": 200}, {"value": "B", "count": 100}, {"value": "C", "count": 4},
    ]  # fmt: skip
    assert all(figure["svg"].startswith("<svg") for figure in dataset.profile["figures"])
    suggested = {column.name: column.suggested_role for column in dataset.columns.all()}
    assert suggested == {
        "id": "id", "race": "sensitive", "approved": "label", "predicted": "prediction",
    }  # fmt: skip
    actions = [entry.action for entry in Entry.objects.about(dataset).order_by("sequence")]
    assert actions == ["dataset.uploaded", "dataset.sensitive_read", "dataset.profiled"]
    read = Entry.objects.about(dataset).get(action="dataset.sensitive_read")
    assert read.payload.after["details"]["columns"] == ["race"]


def test_columns_stand_at_once_before_any_worker_came(people):
    dataset = upload(people, DECISIONS_CSV.encode())
    assert [column.name for column in dataset.columns.all()] == [
        "id", "race", "approved", "predicted",
    ]  # fmt: skip
    assert dataset.state == "queued"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"a,b\n", "header and no rows"),
        (b"a,b\n1,2\n3\n", "Line 3 has 1 value where the header has 2"),
        ("a,b\n1,é\n".encode("latin-1"), "Line 2 is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "encoded as UTF-16"),
        (b"a,b\n1,\x00\n", "NUL byte"),
        (b"a,A\n1,2\n", "both named"),
        (b"\x80\x04\x95\x10\x00", "Python pickle"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"PAR1broken", "damaged or cut short"),
    ],
)
def test_a_bad_table_is_refused_with_a_sentence_and_nothing_is_kept(people, content, sentence):
    with pytest.raises(Refused, match=sentence) as refusal:
        upload(people, content)
    assert refusal.value.field == "file"
    assert nothing_kept()


def test_a_full_disk_is_a_sentence_and_leaves_nothing_behind(people, monkeypatch):
    def full(_fd):
        raise OSError(errno.ENOSPC, "No space left on device")

    content = b"a,b\n1,2\n" + os.urandom(8).hex().encode() + b",3\n"
    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(Refused, match="disk of the portal is full"):
        upload(people, content)
    assert nothing_kept()
    parts = list(settings.FILES_ROOT.rglob(".part-*"))
    assert parts == []


def test_a_disk_that_fills_while_bytes_arrive_is_a_sentence(people):
    def chunks():
        yield b"a,b\n"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(Refused, match="disk of the portal is full"):
        upload_dataset(
            actor=people.analyst, portfolio=people.portfolio, name="D", chunks=chunks(),
            original_name="d.csv",
        )  # fmt: skip
    assert nothing_kept()


@pytest.mark.parametrize("full_at", ["begin", "receive_data_chunk", "file_complete"])
@pytest.mark.parametrize("path", ["/datasets/new/", "/api/v1/datasets/"])
def test_a_disk_that_fills_while_a_request_comes_in_is_a_sentence_on_page_and_api(
    people, client_for, monkeypatch, full_at, path
):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    if full_at == "begin":
        monkeypatch.setattr(uploadhandler, "TemporaryUploadedFile", full)
    else:
        monkeypatch.setattr(uploadhandler.TemporaryFileUploadHandler, full_at, full)
    before = set(settings.SCRATCH_ROOT.iterdir())
    file = SimpleUploadedFile("d.csv", b"a,b\n1,2\n" * 100_000)
    data = {"portfolio": people.portfolio.pk, "name": "D", "file": file, "use": "evaluation"}
    answer = client_for(people.analyst).post(path, data)
    assert answer.status_code in {200, 422}
    assert "The disk of the portal is full. Nothing was kept." in answer.content.decode()
    assert nothing_kept()
    assert set(settings.SCRATCH_ROOT.iterdir()) == before


def test_what_killed_processes_left_in_the_scratch_folder_is_swept(people):
    old, new = settings.SCRATCH_ROOT / "upload-old", settings.SCRATCH_ROOT / "upload-new"
    folder = settings.SCRATCH_ROOT / "run-old"
    folder.mkdir()
    for file in (old, new, folder / "part"):
        file.write_bytes(b"x")
    for path in (old, folder):
        os.utime(path, (0, 0))
    store.sweep()
    assert (old.exists(), folder.exists(), new.exists()) == (False, False, True)
    new.unlink()


def test_two_uploads_of_the_same_bytes_at_once_share_them_and_are_two_datasets(people):
    content = b"a,b\n1,2\n" + os.urandom(8).hex().encode() + b",3\n"
    barrier, kept = threading.Barrier(2), []

    def place():
        path = settings.SCRATCH_ROOT / f"upload-{threading.get_ident()}"
        path.write_bytes(content)
        sha256, _ = store.digest_of(path)
        target = settings.FILES_ROOT / sha256[:2] / sha256
        barrier.wait(timeout=10)
        store._place(path, target)
        kept.append(target.read_bytes())
        path.unlink()

    threads = [threading.Thread(target=place) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept == [content, content]
    first, second = upload(people, content), upload(people, content)
    assert first.file.sha256 == second.file.sha256
    assert first.file.path.read_bytes() == content
    assert first.pk != second.pk


def test_a_reader_uploads_nothing(people):
    with pytest.raises(NotAllowed):
        upload_dataset(
            actor=people.auditor, portfolio=people.portfolio, name="D", chunks=[b"a\n1\n"],
            original_name="d.csv",
        )  # fmt: skip


def test_parquet_is_taken_in(people, run_work):
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table({"race": ["A", "B\x00"], "decision": [1, 0]}), buffer)
    with run_work():
        dataset = upload(people, buffer.getvalue(), "t.parquet")
    dataset.refresh_from_db()
    assert (dataset.format, dataset.rows, dataset.state) == ("parquet", 2, "succeeded")
    assert "\x00" not in str(dataset.profile)


def test_control_characters_in_values_do_not_stop_the_worker(people, run_work):
    with run_work():
        dataset = upload(people, b"race,y\nA\x01,1\nB\x1b,0\nA\x01,1\n")
    dataset.refresh_from_db()
    assert dataset.state == "succeeded"
    assert dataset.profile["columns"][0]["top"][0] == {"value": "A\ufffd", "count": 2}


def roles(**changes):
    return {
        "id": ColumnRoleInput(role="id"),
        "race": SENSITIVE,
        "approved": ColumnRoleInput(role="label"),
        "predicted": ColumnRoleInput(role="prediction"),
        **changes,
    }


def save(people, dataset, chosen, **values):
    given = {"favourable": "1", "positive_label": "1", "outcome_word": "approved", **values}
    return set_roles(actor=people.analyst, dataset=dataset, roles=chosen, **given)


@pytest.fixture
def profiled(people, run_work):
    with run_work():
        dataset = upload(people, DECISIONS_CSV.encode())
    dataset.refresh_from_db()
    return dataset


def test_profiles_of_columns_are_found_by_name_once_there_are_any(people, profiled):
    assert list(profiled.column_profiles()) == [column.name for column in profiled.columns.all()]
    assert profiled.column_profiles()["race"]["kind"] == "text"
    profiled.profile = None
    assert profiled.column_profiles() == {}


def test_roles_are_set_and_move_the_digest_of_releases(people, profiled, release):
    attach(release, profiled)
    before = release.scope_digest()
    save(people, profiled, roles())
    assert release.scope_digest() != before
    acts = {(item.user_id, item.act) for item in hands_in([release]).in_release[release.pk]}
    assert (people.analyst.pk, "dataset.roles_set") in acts
    race = profiled.columns.get(name="race")
    assert (race.role, race.purpose, race.legal_basis) == ("sensitive", "Test decisions", "Reg B")


def test_a_sensitive_column_needs_purpose_and_basis(people, profiled):
    with pytest.raises(Refused, match="for what purpose"):
        save(people, profiled, roles(race=ColumnRoleInput(role="sensitive", purpose="x")))
    assert set(profiled.columns.values_list("role", flat=True)) == {"ignored"}


def test_one_column_is_the_label(people, profiled):
    with pytest.raises(Refused, match="approved and predicted are both the label"):
        save(people, profiled, roles(predicted=ColumnRoleInput(role="label")))


def test_label_and_prediction_may_swap(people, profiled):
    save(people, profiled, roles())
    swapped = roles(
        approved=ColumnRoleInput(role="prediction"), predicted=ColumnRoleInput(role="label")
    )
    save(people, profiled, swapped)
    assert profiled.columns.get(name="approved").role == "prediction"


def test_a_column_that_is_not_there_is_named(people, profiled):
    with pytest.raises(
        Refused, match=r"no column “outcome”\. No role was changed\. Its columns are id"
    ):
        save(people, profiled, {"outcome": ColumnRoleInput(role="label")})


def test_a_label_with_three_values_is_refused(people, run_work):
    rows = "g,y\n" + "".join(f"A,{n % 3}\n" for n in range(9))
    with run_work():
        dataset = upload(people, rows.encode())
    with pytest.raises(Refused, match="y has 3 values; a label has two"):
        save(people, dataset, {"y": ColumnRoleInput(role="label")})


def test_a_value_that_never_occurs_is_refused_with_those_that_do(people, profiled):
    with pytest.raises(Refused, match="“yes” never occurs in predicted; its values are 0, 1") as r:
        save(people, profiled, roles(), favourable="yes")
    assert r.value.field == "favourable"


def test_a_feature_known_only_after_the_outcome_is_pointed_out(people, run_work):
    lines = ["fee_paid,income,approved"]
    lines += [f"{n % 2},{n % 7},{n % 2}" for n in range(200)]
    with run_work():
        dataset = upload(people, ("\n".join(lines) + "\n").encode())
    with run_work():
        save(
            people,
            dataset,
            {
                "fee_paid": ColumnRoleInput(role="feature"),
                "income": ColumnRoleInput(role="feature"),
                "approved": ColumnRoleInput(role="label"),
            },
        )
    look = LeakCheck.objects.get()
    assert (look.state, [leak["column"] for leak in look.found]) == ("succeeded", ["fee_paid"])
    assert "1.000" in dataset.columns.get(name="fee_paid").warning
    assert dataset.columns.get(name="income").warning == ""


def test_an_auditor_sets_no_roles(people):
    dataset = make_dataset(portfolio=people.portfolio, by=people.analyst)
    with pytest.raises(NotAllowed):
        set_roles(actor=people.auditor, dataset=dataset, roles={})
