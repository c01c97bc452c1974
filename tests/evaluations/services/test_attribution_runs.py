"""An attribution of a release's model, from the locked plan to its verdicts."""

from __future__ import annotations

from typing import Any

from evaluations.services.runs import start_runs
from registry.choices import ColumnRole, ModelFormat
from registry.models import ModelArtefact, Release
from tests.evaluations.services.cases import check, locked_plan
from tests.evaluations.sources.test_attribution import FEATURES, table, train
from tests.factories import People, attach, make_dataset, make_file


def test_additivity_is_measured_and_attributions_by_group_are_reported(
    people: People, release: Release, run_work: Any
) -> None:
    frame = table()
    roles = {
        "id": ColumnRole.ID,
        "race": ColumnRole.SENSITIVE,
        **dict.fromkeys(FEATURES, ColumnRole.FEATURE),
        "approved": ColumnRole.LABEL,
    }
    dataset = make_dataset(
        portfolio=people.portfolio, by=people.analyst, system=release.system, roles=roles,
        content=frame.to_csv(index=False).encode(),
    )  # fmt: skip
    attach(release, dataset)
    model = bytes(train(frame).save_raw("ubj"))
    file = make_file(portfolio=people.portfolio, content=model, name="model.ubj")
    release.model = ModelArtefact.objects.create(
        system=release.system, name="Trees", file=file, format=ModelFormat.XGBOOST_UBJ,
        signature={"feature_names": FEATURES}, state="succeeded", created_by=people.analyst,
    )  # fmt: skip
    release.save()
    common: dict[str, Any] = {
        "method": "attribution.shap",
        "parameters": {"background_rows": 20},
    }
    locked_plan(
        people, release, dataset,
        check(dataset, "additivity_max_error", "0.0001", by=(), **common),
        check(dataset, "mean_attribution_difference", None, direction="reported", **common),
    )  # fmt: skip
    with run_work():
        (run,) = start_runs(actor=people.analyst, release=release)
    run.refresh_from_db()

    assert run.state == "succeeded", run.message
    assert run.inputs["model"]["sha256"] == file.sha256
    additivity = run.verdicts.get(check_row__metric="additivity_max_error")
    assert additivity.verdict == "pass"
    assert additivity.value is not None and 0 <= additivity.value <= 0.0001
    assert additivity.n == len(frame)
    reported = run.verdicts.get(check_row__metric="mean_attribution_difference")
    assert reported.verdict == "pass"
    assert reported.n == len(frame)
    assert reported.sentence == (
        "Mean attribution difference by race is reported for 4 features and 1 group against the "
        "reference group, 120 rows."
    )
