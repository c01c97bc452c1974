"""Runs, findings and audits by API: parse, call a service, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from evaluations.api import serializers as shapes
from evaluations.models import Finding, QuickAudit, Run, RunVerdict
from evaluations.services.findings import FindingFacts, close_finding, create_finding
from evaluations.services.metrics import metric_at
from evaluations.services.runs import start_runs
from rai_portal.accounts.choices import Scope
from registry.api.views import ReadViewSet

if TYPE_CHECKING:
    from rai_portal.api.requests import SignedInApiRequest


class RunViewSet(ReadViewSet[Run]):
    """Runs. A list leaves the results out; one run carries its own."""

    token_scope: ClassVar[Scope] = Scope.RUN
    queryset = Run.objects.prefetch_related(
        Prefetch("verdicts", queryset=RunVerdict.objects.select_related("check_row"))
    )
    filterset_fields = ("release", "release__system", "method", "state", "counts")

    def get_queryset(self) -> QuerySet[Any]:
        """Read results only where one is asked for: a page of them would be megabytes."""
        rows = super().get_queryset()
        return rows if self.action == "retrieve" else rows.defer("result")

    def get_serializer_class(self) -> type[Any]:
        """Return the shape with the result for one run."""
        if self.action == "retrieve":
            return shapes.RunWithResultSerializer
        return shapes.RunSerializer

    @extend_schema(request=shapes.StartSerializer, responses={201: shapes.RunSerializer(many=True)})
    def create(self, request: SignedInApiRequest) -> Response:
        """Start the runs of a release's locked plan, all of them or those of `checks`."""
        data = self.checked(shapes.StartSerializer)
        started = start_runs(actor=request.user, release=data["release"], checks=data.get("checks"))
        rows = self.get_queryset().filter(pk__in=[run.pk for run in started]).order_by("pk")
        shape = shapes.RunSerializer(rows, many=True)
        return Response(shape.data, status=HTTP_201_CREATED)


class FindingViewSet(ReadViewSet[Finding]):
    """Findings."""

    queryset = Finding.objects.prefetch_related("risks")
    serializer_class = shapes.FindingSerializer
    filterset_fields = ("system", "release", "run", "severity", "state", "owner")

    @extend_schema(request=shapes.FindingSerializer, responses={201: shapes.FindingSerializer})
    def create(self, request: SignedInApiRequest) -> Response:
        """Record a finding."""
        data = self.checked(shapes.FindingSerializer)
        place, run = data.pop("metric_index", None), data.pop("run", None)
        home = {name: data.pop(name, None) for name in ("system", "release")}
        risks = data.pop("risks", ())
        finding = create_finding(
            actor=request.user,
            facts=FindingFacts(**data),
            run=run,
            metric=metric_at(run, place) if place is not None else None,
            risks=risks,
            **home,
        )
        return self.answer(finding, HTTP_201_CREATED)

    @extend_schema(request=shapes.ClosingSerializer, responses=shapes.FindingSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: SignedInApiRequest, pk: str) -> Response:
        """Close a finding with what settled it."""
        finding = self.get_object()
        note = self.checked(shapes.ClosingSerializer)["note"]
        return self.answer(close_finding(actor=request.user, finding=finding, note=note))


class AuditViewSet(ReadViewSet[QuickAudit]):
    """Quick audits; the report is the run."""

    queryset = QuickAudit.objects.select_related("dataset", "run").defer(
        "dataset__profile", "run__result"
    )
    serializer_class = shapes.AuditSerializer
    filterset_fields = ("portfolio", "system")
