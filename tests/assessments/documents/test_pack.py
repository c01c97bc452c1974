"""An evidence pack can be checked without the portal, and made again byte for byte."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from assessments.documents.pack import PackWriter
from assessments.models import Document
from assessments.services.packs import build_pack
from rai_portal.work.choices import Stage
from registry.models import Release
from tests.assessments.documents.rows import made, measured, recommended
from tests.factories import People

pytestmark = pytest.mark.django_db


def silent(stage: str, done: int = 0, total: int = 0) -> None:
    """Progress that nobody watches."""
    assert stage in Stage.values
    assert done <= total


def packed(document: Document) -> zipfile.ZipFile:
    assert document.file is not None
    return zipfile.ZipFile(document.file.path)


def check_manifest(pack: zipfile.ZipFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(pack.read("MANIFEST.json"))
    said = {item["path"]: (item["sha256"], item["size"]) for item in manifest["files"]}
    found = {
        name: (hashlib.sha256(pack.read(name)).hexdigest(), len(pack.read(name)))
        for name in pack.namelist()
        if name != "MANIFEST.json"
    }
    assert said == found
    assert list(said) == sorted(said)
    return manifest


def check_ledger(pack: zipfile.ZipFile, last: int) -> set[str]:
    """Recompute every hash and every commitment; returns the acts."""
    payloads = {
        item["sequence"]: item
        for item in map(json.loads, pack.read("ledger/payloads.jsonl").splitlines())
    }
    acts = set()
    for line in pack.read("ledger/entries.jsonl").splitlines():
        entry = json.loads(line)
        body = base64.b64decode(entry["body_base64"])
        chained = hashlib.sha256(bytes.fromhex(entry["previous_hash"]) + body).hexdigest()
        assert entry["entry_hash"] == chained
        assert entry["leaf_hash"] == hashlib.sha256(b"\x00" + body).hexdigest()
        content, payload = json.loads(body), payloads[entry["sequence"]]
        for key in ("actor_name", "subject_name", "reason"):
            text = f"{payload['salt']}\x1f{payload[key]}".encode()
            assert content["commitments"][key] == hashlib.sha256(text).hexdigest()
        assert entry["sequence"] <= last
        acts.add(content["action"])
    return acts


def test_a_pack_holds_everything_verifies_and_can_be_made_again(
    people: People, release: Release, run_work: Any, tmp_path: Path
) -> None:
    run = measured(release, people)
    recommended(release, people)
    memo = made(people, release, "memo", run_work)
    document = made(people, release, "pack", run_work)

    with packed(document) as pack:
        manifest = check_manifest(pack)
        names = set(pack.namelist())
        checkpoint = manifest["subject"]["checkpoint"]["sequence"]
        acts = check_ledger(pack, checkpoint)
        assert memo.file is not None
        assert pack.read(f"documents/memo-{memo.pk}.pdf") == memo.file.path.read_bytes()
        assert json.loads(pack.read(f"evaluations/runs/run-{run.pk}-result.json")) == run.result
        readme = pack.read("README.txt").decode()
        records = {
            name: json.loads(pack.read(f"assessment/{name}.json"))
            for name in ("reviews", "gate", "intake")
        }
        assert all(item.date_time == (1980, 1, 1, 0, 0, 0) for item in pack.infolist())

    assert document.record == manifest
    assert {
        "documents/model-card.pdf", "documents/model-card.html", "documents/model-card.json",
        "registry/risks.json", "registry/mitigations.json", "registry/acceptances.json",
        "registry/people.json", "registry/scope.json", "evaluations/plans.json",
        "evaluations/verdicts.json", f"evaluations/runs/run-{run.pk}.json",
        "assessment/policy-1.yaml", "assessment/votes.json", "assessment/decisions.json",
        "assessment/exceptions.json", "assessment/sign-offs.json", "assessment/evidence.json",
    } <= names  # fmt: skip
    assert not any(name.endswith((".csv", ".parquet", ".ubj")) for name in names)
    assert {"intake.submitted", "review.recommended", "document.requested", "document.made"} <= acts
    assert "What was left out, and why" in readme
    assert "Integrity is not truth" in readme
    assert records["reviews"][0]["recommendation"] == "no_go"
    assert records["gate"]["outcome"] == "blocked"
    assert records["intake"]["tier"] == 1

    assert document.started_at is not None
    again = build_pack(
        Release.objects.get(pk=release.pk),
        at=document.started_at,
        folder=tmp_path,
        progress=silent,
        checkpoint=checkpoint,
    )
    assert document.file is not None
    assert again.path.read_bytes() == document.file.path.read_bytes()


@pytest.mark.parametrize("name", ["../x.json", "/x.json", "a//b", "A.json", "a b.json", "a/../b"])
def test_a_pack_takes_no_name_that_could_leave_its_folder(tmp_path: Path, name: str) -> None:
    with (
        PackWriter(tmp_path / "x.zip", subject={}) as pack,
        pytest.raises(ValueError, match="name"),
    ):
        pack.add(name, b"x")


def test_a_pack_takes_no_name_twice(tmp_path: Path) -> None:
    with PackWriter(tmp_path / "x.zip", subject={}) as pack:
        pack.add("a.json", b"1")
        with pytest.raises(ValueError, match="once"):
            pack.add("a.json", b"2")
