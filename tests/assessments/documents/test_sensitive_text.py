"""What a memo says of sensitive attributes rests on the model, not on a tick alone."""

from __future__ import annotations

from django.utils import timezone

from assessments.documents.reading import read_dossier
from assessments.documents.wording import sensitive_text
from registry.models import ModelArtefact, Release
from tests.assessments.documents.rows import measured
from tests.factories import People, make_file


def _said(release: Release) -> str:
    return sensitive_text(read_dossier(Release.objects.get(pk=release.pk), at=timezone.now()))


def test_a_memo_never_says_that_none_is_used_when_the_model_is_given_one(
    people: People, release: Release
) -> None:
    measured(release, people)
    model = ModelArtefact.objects.create(
        system=release.system, name="Forest", format="xgboost_json", state="succeeded",
        file=make_file(portfolio=people.portfolio, content=b"{}", name="model.json"),
        created_by=people.analyst, signature={"feature_names": ["income"]},
    )  # fmt: skip
    Release.objects.filter(pk=release.pk).update(model=model)
    assert _said(release).startswith("No sensitive attribute is used at decision time.")
    signature = {"feature_names": ["income", "race"]}
    ModelArtefact.objects.filter(pk=model.pk).update(signature=signature)
    said = _said(release)
    assert said.startswith(
        "This release uses a sensitive attribute at decision time: the model is given race."
    )
    assert "is disparate treatment" in said
