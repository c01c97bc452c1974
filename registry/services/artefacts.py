"""Models that people upload: told by content at once, read by a worker in a confined process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from rai_portal.db import row_record
from rai_portal.documents.services.store import keep
from rai_portal.ledger.services.record import record
from rai_portal.work.choices import Stage
from rai_portal.work.engine import Progress, RefusedWork, submit
from registry.choices import ColumnRole, ModelFormat
from registry.models import Dataset, ModelArtefact
from registry.permissions import require_change
from registry.reading.errors import RefusedFile
from registry.reading.models import ModelSignature, read_signature, tell_model_format
from registry.services.saving import save_checked
from registry.services.uploads import arriving, kept_but_unused

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import AISystem, Release

FORMATS = {"xgboost-json": ModelFormat.XGBOOST_JSON, "xgboost-ubj": ModelFormat.XGBOOST_UBJ}
_MEDIA = {
    ModelFormat.XGBOOST_JSON: "application/json",
    ModelFormat.XGBOOST_UBJ: "application/ubjson",
}


def upload_model(
    *, actor: User, system: AISystem, name: str, chunks: Iterable[bytes], original_name: str
) -> ModelArtefact:
    """Return a new model whose signature is on its way to a worker.

    A pickle, whatever its name, and every format but XGBoost's JSON and UBJ is refused here.
    """
    require_change(actor, system.portfolio_id)
    with arriving(chunks) as path:
        model_format = FORMATS[tell_model_format(path)]
        with transaction.atomic():
            file = keep(
                path, portfolio=system.portfolio, actor=actor, name=original_name,
                media_type=_MEDIA[model_format],
            )  # fmt: skip
            artefact = ModelArtefact(
                system=system, name=name.strip(), file=file, format=model_format, created_by=actor
            )
            save_checked(artefact)
            submit(artefact)
            details = {"sha256": file.sha256, "size": file.size}
            record(actor=actor, action="model.uploaded", subject=artefact, details=details)
    return artefact


def missing_features(model: ModelArtefact, dataset: Dataset) -> tuple[str, ...]:
    """Return the model's features that are no column of the dataset, in the model's order."""
    columns = {column.name for column in dataset.columns.all()}
    return tuple(name for name in model.feature_names if name not in columns)


def sensitive_features(release: Release) -> tuple[str, ...]:
    """Return the model's features that a dataset of the release declares sensitive, in its order.

    The model is given these when it decides, whatever the release says of itself.
    """
    if release.model is None:
        return ()
    items = release.release_datasets.prefetch_related("dataset__columns")
    sensitive = {name for item in items for name in item.dataset.columns_of(ColumnRole.SENSITIVE)}
    return tuple(name for name in release.model.feature_names if name in sensitive)


def features_sentence(model: ModelArtefact, dataset: Dataset) -> str:
    """Say which features the dataset lacks; "" where it has them all or they are unknown yet."""
    missing = missing_features(model, dataset)
    if not missing:
        return ""
    named = ", ".join(missing[:8]) + (" and others" if len(missing) > 8 else "")
    return (
        f"{dataset.name} lacks {len(missing)} of the {len(model.feature_names)} features of "
        f"{model.name}: {named}. The model cannot be run on it. Upload a table that has them, "
        "under the same names."
    )


class ReadModel:
    """Reads the signature, on the worker."""

    def __init__(self, artefact: ModelArtefact) -> None:
        self.artefact = artefact

    def perform(self, progress: Progress) -> ModelSignature:
        """Read in the confined process; refuses with the reader's sentence."""
        progress(Stage.LOADING)
        try:
            return read_signature(self.artefact.file.path)
        except RefusedFile as refusal:
            raise RefusedWork(kept_but_unused(refusal)) from refusal

    def store(self, outcome: ModelSignature) -> None:
        """Keep the signature."""
        before = self.artefact.signature
        self.artefact.signature = outcome.as_json()
        self.artefact.save(update_fields=["signature"])
        details = {"first_reading": before is None, "features": len(outcome.feature_names)}
        record(actor=None, action="model.read", subject=self.artefact, details=details)

    def failed(self, reason: str) -> None:
        """Take the model out of releases that named it already, and tell the ledger."""
        for release in self.artefact.releases.all():
            before = row_record(release)
            release.model = None
            release.save(update_fields=["model"])
            record(
                actor=None, action="release.model_refused", subject=release, before=before,
                reason=reason,
            )  # fmt: skip
        record(actor=None, action="model.refused", subject=self.artefact, reason=reason)
