"""What is registered, by API: parse, call a service, answer."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.status import HTTP_200_OK, HTTP_201_CREATED

from registry import risk_scale
from registry.api import serializers as shapes
from registry.models import AISystem, Dataset, Mitigation, ModelArtefact, Release, Risk
from registry.services import artefacts, datasets, mitigations, releases, risks, systems
from registry.services.ratings import rate_risk
from registry.services.risks import Rating

if TYPE_CHECKING:
    from rai_portal.api.requests import SignedInApiRequest


class ReadViewSet[M](
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Rows in sight; changes are added by those who know the service."""

    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows that the caller may see; none for the schema."""
        rows: Any = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()  # type: ignore[no-any-return]
        return rows.visible_to(self.request.user)  # type: ignore[no-any-return]

    def checked(self, serializer: type[Any], *, instance: Any = None) -> dict[str, Any]:
        """Return the request's data as the serializer reads it, or answer 400."""
        shape = serializer(
            instance,
            data=self.request.data,
            partial=instance is not None,
            context=self.get_serializer_context(),
        )
        shape.is_valid(raise_exception=True)
        return dict(shape.validated_data)

    def answer(self, row: Any, code: int = HTTP_200_OK) -> Response:
        """Return the row as it stands now."""
        fresh = self.get_queryset().get(pk=row.pk)
        return Response(self.get_serializer(fresh).data, status=code)


def _changed(facts: Any, data: dict[str, Any]) -> Any:
    names = {field.name for field in fields(facts)}
    return replace(facts, **{name: value for name, value in data.items() if name in names})


class SystemViewSet(ReadViewSet[AISystem]):
    """AI systems."""

    queryset = AISystem.objects.all()
    serializer_class = shapes.SystemSerializer
    filterset_fields = ("name", "portfolio", "kind", "stage", "owner")

    @extend_schema(request=shapes.SystemSerializer, responses={201: shapes.SystemSerializer})
    def create(self, request: SignedInApiRequest) -> Response:
        """Register a system."""
        data = self.checked(shapes.SystemSerializer)
        portfolio = data.pop("portfolio")
        system = systems.register_system(
            actor=request.user, portfolio=portfolio, facts=systems.SystemFacts(**data)
        )
        return self.answer(system, HTTP_201_CREATED)

    @extend_schema(request=shapes.SystemSerializer, responses=shapes.SystemSerializer)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> Response:
        """Change what is said of a system; its portfolio stays."""
        system = self.get_object()
        data = self.checked(shapes.SystemSerializer, instance=system)
        facts = _changed(systems.facts_of(system), data)
        return self.answer(systems.update_system(actor=request.user, system=system, facts=facts))


class ReleaseViewSet(ReadViewSet[Release]):
    """Releases of systems."""

    queryset = Release.objects.select_related("system", "model__file").prefetch_related(
        "release_datasets__dataset__file", "release_datasets__dataset__columns"
    )
    serializer_class = shapes.ReleaseSerializer
    filterset_fields = ("system", "version")

    @extend_schema(request=shapes.ReleaseSerializer, responses={201: shapes.ReleaseSerializer})
    @transaction.atomic
    def create(self, request: SignedInApiRequest) -> Response:
        """Make a release; `cloned_from` carries over datasets, model and settings."""
        data = self.checked(shapes.ReleaseSerializer)
        model = data.pop("model", None)
        source = data.pop("cloned_from", None)
        release = releases.create_release(actor=request.user, clone_from=source, **data)
        if model is not None:
            releases.set_model(actor=request.user, release=release, model=model)
        return self.answer(release, HTTP_201_CREATED)

    @extend_schema(request=shapes.ReleaseSerializer, responses=shapes.ReleaseSerializer)
    @transaction.atomic
    def partial_update(self, request: SignedInApiRequest, pk: str) -> Response:
        """Change what is said of a release; its scope digest follows."""
        release = self.get_object()
        data = self.checked(shapes.ReleaseSerializer, instance=release)
        facts = _changed(releases.facts_of(release), data)
        releases.update_release(actor=request.user, release=release, facts=facts)
        if "model" in data:
            releases.set_model(actor=request.user, release=release, model=data["model"])
        return self.answer(release)

    @extend_schema(
        request=shapes.ReleaseDatasetSerializer, responses={201: shapes.ReleaseSerializer}
    )
    @action(detail=True, methods=["post"], url_path="datasets")
    def attach(self, request: SignedInApiRequest, pk: str) -> Response:
        """Attach a dataset."""
        release = self.get_object()
        data = self.checked(shapes.ReleaseDatasetSerializer)
        releases.attach_dataset(actor=request.user, release=release, **data)
        return self.answer(release, HTTP_201_CREATED)


class DatasetViewSet(ReadViewSet[Dataset]):
    """Datasets: uploaded as multipart, profiled by a worker."""

    queryset = Dataset.objects.select_related("file").prefetch_related("columns").defer("profile")
    serializer_class = shapes.DatasetSerializer
    filterset_fields = ("portfolio", "system", "state")

    @extend_schema(
        request={"multipart/form-data": shapes.DatasetUploadSerializer},
        responses={201: shapes.DatasetSerializer},
    )
    def create(self, request: SignedInApiRequest) -> Response:
        """Upload a table."""
        data = self.checked(shapes.DatasetUploadSerializer)
        file, release, use = data.pop("file"), data.pop("release", None), data.pop("use")
        if release is not None:
            releases.require_attachable(
                actor=request.user, release=release, portfolio=data["portfolio"]
            )
        dataset = datasets.upload_dataset(
            actor=request.user, chunks=file.chunks(), original_name=file.name, **data
        )
        if release is not None:
            releases.attach_dataset(actor=request.user, release=release, dataset=dataset, use=use)
        return self.answer(dataset, HTTP_201_CREATED)

    @extend_schema(request=shapes.RolesSerializer, responses=shapes.DatasetSerializer)
    @action(detail=True, methods=["put"])
    def roles(self, request: SignedInApiRequest, pk: str) -> Response:
        """Say what the columns are for."""
        dataset = self.get_object()
        data = self.checked(shapes.RolesSerializer)
        roles = {
            column["name"]: datasets.ColumnRoleInput(
                role=column["role"],
                purpose=column.get("purpose", ""),
                legal_basis=column.get("legal_basis", ""),
                edges=tuple(column.get("edges", ())),
            )
            for column in data.pop("columns")
        }
        datasets.set_roles(actor=request.user, dataset=dataset, roles=roles, **data)
        return self.answer(dataset)


class ModelViewSet(ReadViewSet[ModelArtefact]):
    """Models: uploaded as multipart, their signature read by a worker."""

    queryset = ModelArtefact.objects.select_related("file")
    serializer_class = shapes.ModelSerializer
    filterset_fields = ("system", "state")

    @extend_schema(
        request={"multipart/form-data": shapes.ModelUploadSerializer},
        responses={201: shapes.ModelSerializer},
    )
    def create(self, request: SignedInApiRequest) -> Response:
        """Upload a model; anything but XGBoost JSON and UBJ is refused."""
        data = self.checked(shapes.ModelUploadSerializer)
        file = data.pop("file")
        model = artefacts.upload_model(
            actor=request.user, chunks=file.chunks(), original_name=file.name, **data
        )
        return self.answer(model, HTTP_201_CREATED)


def _cell(data: dict[str, Any], name: str, now: Rating | None) -> Rating | None:
    """Return the cell that the data and the present rating add up to."""
    likelihood = data.pop(f"{name}_likelihood", now.likelihood if now else None)
    severity = data.pop(f"{name}_severity", now.severity if now else None)
    if likelihood is None or severity is None:
        return None
    return Rating(likelihood=likelihood, severity=severity)


class RiskViewSet(ReadViewSet[Risk]):
    """Risks; `level` is that of the current rating, or the inherent one where there is none."""

    queryset = Risk.objects.select_related("system").prefetch_related("ratings")
    serializer_class = shapes.RiskSerializer
    filterset_fields = ("system", "dimension", "state", "owner")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Put the level in force beside each risk."""
        scale = risk_scale.current()
        for rows in args[:1]:
            for risk in rows if isinstance(rows, list) else [rows]:
                if isinstance(risk, Risk):
                    risk.level = scale.level_of(risk.score_now)  # type: ignore[attr-defined]
        return super().get_serializer(*args, **kwargs)

    @extend_schema(request=shapes.RiskSerializer, responses={201: shapes.RiskSerializer})
    def create(self, request: SignedInApiRequest) -> Response:
        """Record a risk."""
        data = self.checked(shapes.RiskSerializer)
        inherent, target = _cell(data, "inherent", None), _cell(data, "target", None)
        system, release = data.pop("system"), data.pop("release", None)
        facts = risks.RiskFacts(inherent=inherent, target=target, **data)  # type: ignore[arg-type]
        risk = risks.create_risk(actor=request.user, system=system, release=release, facts=facts)
        return self.answer(risk, HTTP_201_CREATED)

    @extend_schema(request=shapes.RiskSerializer, responses=shapes.RiskSerializer)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> Response:
        """Change what is said of a risk; it stays with its system."""
        risk = self.get_object()
        data = self.checked(shapes.RiskSerializer, instance=risk)
        now = risks.facts_of(risk)
        data["inherent"] = _cell(data, "inherent", now.inherent)
        data["target"] = _cell(data, "target", now.target)
        facts = _changed(now, data)
        return self.answer(risks.update_risk(actor=request.user, risk=risk, facts=facts))

    @extend_schema(request=shapes.RatingSerializer, responses=shapes.RiskSerializer)
    @action(detail=True, methods=["post"])
    def rate(self, request: SignedInApiRequest, pk: str) -> Response:
        """Say what is left of a risk, and why; `waiting` is set while a second person must confirm."""
        risk = self.get_object()
        data = self.checked(shapes.RatingSerializer)
        rationale = data.pop("rationale")
        rated = rate_risk(actor=request.user, risk=risk, rating=Rating(**data), rationale=rationale)
        return self.answer(rated.risk)

    @extend_schema(request=shapes.ReasonSerializer, responses=shapes.RiskSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: SignedInApiRequest, pk: str) -> Response:
        """Stop watching a risk."""
        risk = self.get_object()
        data = self.checked(shapes.ReasonSerializer)
        return self.answer(risks.close_risk(actor=request.user, risk=risk, **data))


class MitigationViewSet(ReadViewSet[Mitigation]):
    """Mitigations of risks."""

    queryset = Mitigation.objects.all()
    serializer_class = shapes.MitigationSerializer
    filterset_fields = ("risk", "status", "owner")

    @extend_schema(
        request=shapes.MitigationSerializer, responses={201: shapes.MitigationSerializer}
    )
    def create(self, request: SignedInApiRequest) -> Response:
        """Plan a mitigation."""
        data = self.checked(shapes.MitigationSerializer)
        risk = data.pop("risk")
        facts = mitigations.MitigationFacts(**data)
        row = mitigations.create_mitigation(actor=request.user, risk=risk, facts=facts)
        return self.answer(row, HTTP_201_CREATED)

    @extend_schema(request=shapes.MitigationSerializer, responses=shapes.MitigationSerializer)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> Response:
        """Change a mitigation; it stays with its risk."""
        row = self.get_object()
        data = self.checked(shapes.MitigationSerializer, instance=row)
        facts = _changed(mitigations.facts_of(row), data)
        changed = mitigations.update_mitigation(actor=request.user, mitigation=row, facts=facts)
        return self.answer(changed)

    @extend_schema(request=shapes.StatusSerializer, responses=shapes.MitigationSerializer)
    @action(detail=True, methods=["post"])
    def status(self, request: SignedInApiRequest, pk: str) -> Response:
        """Say how far a mitigation is."""
        row = self.get_object()
        data = self.checked(shapes.StatusSerializer)
        changed = mitigations.set_status(actor=request.user, mitigation=row, **data)
        return self.answer(changed)

    @extend_schema(request=shapes.VerificationSerializer, responses=shapes.MitigationSerializer)
    @action(detail=True, methods=["post"])
    def verify(self, request: SignedInApiRequest, pk: str) -> Response:
        """Say on what evidence a mitigation works; not by its owner."""
        row = self.get_object()
        data = self.checked(shapes.VerificationSerializer)
        verified = mitigations.verify_mitigation(actor=request.user, mitigation=row, **data)
        return self.answer(verified)
