"""An evidence pack can be checked without the portal, and made again byte for byte."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from assessments.documents.pack import PackWriter
from assessments.models import Decision, Document
from assessments.services.packs import build_pack
from assessments.services.papers import papers_of_decision
from rai_portal.work import engine
from rai_portal.work.choices import Stage
from registry.models import Release
from tests.assessments.board import asked, ready, signs
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
        if name not in {"MANIFEST.json", "SHA256SUMS"}
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


def taken(people: People, release: Release) -> Decision:
    ready(release, people)
    decision = signs(people.board, asked(release, people, "no_go"), "no_go").decision
    assert decision is not None
    return decision


def test_the_pack_of_a_decision_holds_the_papers_of_that_decision(
    people: People, release: Release, run_work: Any
) -> None:
    before = made(people, release, "model_card", run_work)
    with run_work():
        decision = taken(people, release)
    papers = {row.kind: row for row in papers_of_decision(decision)}
    card, memo = papers["model_card"], papers["memo"]
    assert card.file is not None
    assert memo.file is not None
    with packed(papers["pack"]) as pack:
        subject = check_manifest(pack)["subject"]
        paths = [f"documents/model-card-{card.pk}.pdf", f"documents/memo-{memo.pk}.pdf"]
        assert subject["decision"] == {"id": decision.pk, "kind": "no_go", "papers": paths}
        on_top = [name for name in pack.namelist() if name.startswith("documents/")
                  and name.endswith(".pdf") and "others" not in name]  # fmt: skip
        assert sorted(on_top) == sorted(paths)
        assert hashlib.sha256(pack.read(paths[0])).hexdigest() == card.file.sha256
        assert hashlib.sha256(pack.read(paths[1])).hexdigest() == memo.file.sha256
        assert f"documents/others/model-card-{before.pk}.pdf" in pack.namelist()
        assert json.loads(pack.read("assessment/decisions.json"))[0]["expires_on"] is None


def test_a_pack_waits_for_the_papers_and_is_sent_again_when_the_last_has_ended(
    people: People, release: Release, run_work: Any
) -> None:
    decision = taken(people, release)  # nothing runs: a worker takes the pack first
    pack = decision.documents.get(kind="pack")
    engine.perform(Document, pack.pk)
    pack.refresh_from_db()
    assert (pack.state, pack.attempts) == ("queued", 0)

    with run_work():
        for memo in Document.objects.filter(release=release, kind="memo"):  # the board's, too
            engine.perform(Document, memo.pk)
    pack.refresh_from_db()
    assert pack.state == "queued"

    card = decision.documents.get(kind="model_card")
    with run_work():
        engine.perform(Document, card.pk)
    pack.refresh_from_db()
    assert pack.state == "succeeded", pack.message
    with packed(pack) as content:
        assert f"documents/model-card-{card.pk}.pdf" in content.namelist()


def test_a_card_that_came_to_nothing_holds_no_pack_up_and_a_later_one_takes_its_place(
    people: People, release: Release, run_work: Any
) -> None:
    decision = taken(people, release)
    for paper in Document.objects.filter(release=release).exclude(kind="pack"):
        engine.request_cancel(paper)
    with run_work():
        engine.perform(Document, decision.documents.get(kind="pack").pk)
    assert decision.documents.get(kind="pack").state == "succeeded"

    later = made(people, release, "model_card", run_work)
    assert later in papers_of_decision(decision)


def test_anybody_checks_a_pack_with_the_tool_that_every_machine_has(
    people: People, release: Release, run_work: Any, tmp_path: Path
) -> None:
    tool = shutil.which("sha256sum")
    assert tool is not None
    with packed(made(people, release, "pack", run_work)) as pack:
        pack.extractall(tmp_path)
        names = set(pack.namelist())
    listed = {line[66:] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()}
    assert listed == names - {"SHA256SUMS"}

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [tool, "--strict", "-c", "SHA256SUMS"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert check().returncode == 0
    (tmp_path / "registry/risks.json").write_text("[]")
    damaged = check()
    assert damaged.returncode == 1
    assert "registry/risks.json: FAILED" in damaged.stdout


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
