"""The gate for pipelines: what it says, never a way to change it."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from assessments.services.gates import release_gate
from registry.models import Release


class RequirementSerializer(serializers.Serializer[object]):
    """One requirement of a gate."""

    key = serializers.CharField()
    title = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField()
    url = serializers.URLField()


class GateSerializer(serializers.Serializer[object]):
    """The gate of a release."""

    outcome = serializers.CharField()
    scope_digest = serializers.CharField()
    requirements = RequirementSerializer(many=True)


class GateView(APIView):
    """Answer whether a release may launch, requirement by requirement."""

    @extend_schema(responses=GateSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Return the gate as computed now; 404 for what the caller may not see."""
        rows = Release.objects.visible_to(request.user).select_related("system")
        release = get_object_or_404(rows, pk=pk)
        gate = release_gate(release).gate
        return Response(
            {
                "outcome": gate.outcome,
                "scope_digest": gate.scope_digest,
                "requirements": [
                    {
                        "key": item.key,
                        "title": item.title,
                        "status": item.status,
                        "reason": item.reason,
                        "url": reverse("requirement_detail", args=[pk, item.key], request=request),
                    }
                    for item in gate.requirements
                ],
            }
        )
