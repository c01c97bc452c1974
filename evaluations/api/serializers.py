"""Shape of what the API takes and gives; the services do the change."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evaluations.choices import Severity
from evaluations.models import Check, Finding, QuickAudit, Run, RunVerdict
from rai_portal.accounts.models import User
from registry.api.serializers import Person, Visible
from registry.models import AISystem, Release, Risk


class VerdictSerializer(serializers.ModelSerializer[RunVerdict]):
    """What a run says of one check. `low` and `high` are the interval that decided."""

    check_id = serializers.IntegerField(source="check_row_id", read_only=True)
    title = serializers.CharField(source="check_row.title", read_only=True)
    requirement = serializers.CharField(source="check_row.requirement", read_only=True)
    metric = serializers.CharField(source="check_row.metric", read_only=True)

    class Meta:
        model = RunVerdict
        fields = (
            "check_id", "title", "requirement", "metric", "verdict", "direction", "threshold",
            "value", "low", "high", "n", "pair", "sentence", "needs",
        )  # fmt: skip
        read_only_fields = fields


class RunSerializer(serializers.ModelSerializer[Run]):
    """A run. `counts`: whether verdicts rest on it; `message`: why it ended without a result."""

    verdicts = VerdictSerializer(many=True, read_only=True)
    percent = serializers.IntegerField(read_only=True)

    class Meta:
        model = Run
        fields = (
            "id", "title", "release", "plan", "method", "method_version", "dataset", "model",
            "parameters", "seed", "counts", "look", "scope_digest", "repeat_of", "state", "stage",
            "percent", "message", "headline", "result_digest", "started_by", "queued_at",
            "started_at", "ended_at", "verdicts",
        )  # fmt: skip
        read_only_fields = fields


class RunWithResultSerializer(RunSerializer):
    """A run with its result, `rai-result/1`; null until it has succeeded."""

    result = serializers.DictField(read_only=True, allow_null=True)

    class Meta(RunSerializer.Meta):
        fields = (*RunSerializer.Meta.fields, "result")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def to_representation(self, instance: Run) -> dict[str, Any]:
        """Leave the drawings out: the specifications say the same in a tenth of the bytes."""
        shown = super().to_representation(instance)
        if shown["result"]:
            figures = [
                {name: value for name, value in figure.items() if name != "svg"}
                for figure in shown["result"]["figures"]
            ]
            shown["result"] = {**shown["result"], "figures": figures}
        return shown


class StartSerializer(serializers.Serializer[Run]):
    """What to start: the whole locked plan of a release, or some of its checks."""

    release = Visible(queryset=Release.objects.all())
    checks = Visible(queryset=Check.objects.all(), many=True, required=False, allow_empty=False)


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """A finding; with a run, system and release follow from the run."""

    system = Visible(queryset=AISystem.objects.all(), required=False)
    release = Visible(queryset=Release.objects.all(), required=False, allow_null=True)
    run = Visible(queryset=Run.objects.all(), required=False, allow_null=True)
    risks = Visible(queryset=Risk.objects.all(), many=True, required=False)
    owner = Person(queryset=User.objects.all())
    severity = serializers.ChoiceField(choices=Severity.choices)
    metric_index = serializers.IntegerField(
        min_value=0, required=False, write_only=True,
        help_text="Place of the metric in the run's result, counted from 0.",
    )  # fmt: skip
    metric = serializers.DictField(read_only=True, allow_null=True)

    class Meta:
        model = Finding
        validators: list[Any] = []
        fields = (
            "id", "system", "release", "run", "metric_index", "metric", "risks", "title",
            "description", "severity", "state", "owner", "due_date", "closing_note", "closed_by",
            "closed_at", "created_by", "created_at",
        )  # fmt: skip
        read_only_fields = (
            "state", "closing_note", "closed_by", "closed_at", "created_by", "created_at",
        )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A metric stands in a run."""
        if "metric_index" in attrs and attrs.get("run") is None:
            message = "Name the run that the metric stands in."
            raise serializers.ValidationError({"run": message})
        return attrs


class ClosingSerializer(serializers.Serializer[Finding]):
    """What settled a finding."""

    note = serializers.CharField(max_length=2000)


class AuditSerializer(serializers.ModelSerializer[QuickAudit]):
    """A quick audit; the report is its run."""

    name = serializers.CharField(source="dataset.name", read_only=True)
    state = serializers.CharField(source="run.state", read_only=True, allow_null=True, default=None)
    headline = serializers.CharField(source="run.headline", read_only=True, default="")

    class Meta:
        model = QuickAudit
        fields = (
            "id", "portfolio", "name", "dataset", "run", "state", "headline", "system",
            "created_by", "created_at",
        )  # fmt: skip
        read_only_fields = fields
