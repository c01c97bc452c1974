"""Shape of what the API takes and gives; the services do the change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from rai_portal.accounts.models import Portfolio, User
from registry.choices import (
    ColumnRole,
    DatasetUse,
    Dimension,
    Kind,
    LifecycleStage,
    Treatment,
)
from registry.models import (
    AISystem,
    Dataset,
    DatasetColumn,
    Mitigation,
    ModelArtefact,
    Release,
    ReleaseDataset,
    Risk,
    RiskRating,
)
from registry.people import people_of
from registry.services.mitigations import BY_HAND

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet


class Visible(serializers.PrimaryKeyRelatedField[Any]):
    """An id of a row in sight; any other id does not exist for the caller."""

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows that the caller may see."""
        rows = super().get_queryset()
        request = self.context.get("request")
        if rows is None or request is None:
            return rows  # type: ignore[return-value]  # the schema asks without a request
        visible: QuerySet[Any] = rows.model.objects.visible_to(request.user)
        return visible


class Person(serializers.PrimaryKeyRelatedField[Any]):
    """An id of a person with a role in a portfolio that the caller sees."""

    def get_queryset(self) -> QuerySet[Any]:
        """Return the people whom the caller may name."""
        request = self.context.get("request")
        if request is None:
            return User.objects.all()
        portfolios = Portfolio.objects.visible_to(request.user)
        return people_of(portfolios.values_list("pk", flat=True))


def _visible(model: type[Model], **options: Any) -> Visible:
    return Visible(queryset=model._default_manager.all(), **options)


def _person(**options: Any) -> Person:
    return Person(queryset=User.objects.all(), **options)


class SystemSerializer(serializers.ModelSerializer[AISystem]):
    """An AI system."""

    portfolio = _visible(Portfolio)
    owner = _person()
    kind = serializers.ChoiceField(choices=Kind.choices)
    stage = serializers.ChoiceField(choices=LifecycleStage.choices, required=False)

    class Meta:
        model = AISystem
        validators: list[Any] = []
        fields = (
            "id", "portfolio", "name", "kind", "stage", "owner", "purpose", "intended_use",
            "out_of_scope_uses", "affected_groups", "users", "decisions", "jurisdictions",
            "created_at",
        )  # fmt: skip
        read_only_fields = ("created_at",)


class ReleaseDatasetSerializer(serializers.ModelSerializer[ReleaseDataset]):
    """A dataset that a release uses, and for what."""

    dataset = _visible(Dataset)
    use = serializers.ChoiceField(choices=DatasetUse.choices)

    class Meta:
        model = ReleaseDataset
        validators: list[Any] = []
        fields = ("dataset", "use")


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    """A release; `scope_digest` is computed as it stands."""

    system = _visible(AISystem)
    cloned_from = _visible(Release, required=False, allow_null=True)
    model = _visible(ModelArtefact, required=False, allow_null=True)
    settings = serializers.DictField(required=False)
    scope_digest = serializers.CharField(read_only=True)
    datasets = ReleaseDatasetSerializer(many=True, read_only=True, source="release_datasets")

    class Meta:
        model = Release
        validators: list[Any] = []
        fields = (
            "id", "system", "version", "change_summary", "planned_launch", "cloned_from", "model",
            "settings", "uses_sensitive_at_decision", "datasets", "scope_digest", "created_at",
        )  # fmt: skip
        read_only_fields = ("created_at",)


class ColumnSerializer(serializers.ModelSerializer[DatasetColumn]):
    """A column and what it is for."""

    role = serializers.ChoiceField(choices=ColumnRole.choices)
    name = serializers.CharField(max_length=200)
    edges = serializers.ListField(child=serializers.CharField(max_length=40), required=False)

    class Meta:
        model = DatasetColumn
        fields = (
            "name", "type", "role", "suggested_role", "warning", "purpose", "legal_basis", "edges",
        )  # fmt: skip
        read_only_fields = ("type", "suggested_role", "warning")


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    """A dataset; `state` is that of its profile."""

    portfolio = _visible(Portfolio, read_only=False)
    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    columns = ColumnSerializer(many=True, read_only=True)

    class Meta:
        model = Dataset
        fields = (
            "id", "portfolio", "system", "name", "description", "format", "rows", "sha256",
            "state", "message", "favourable", "positive_label", "outcome_word", "columns",
            "created_at",
        )  # fmt: skip
        read_only_fields = fields


class DatasetUploadSerializer(serializers.Serializer[Dataset]):
    """A table on its way in."""

    portfolio = _visible(Portfolio)
    system = _visible(AISystem, required=False, allow_null=True)
    release = _visible(Release, required=False, allow_null=True)
    use = serializers.ChoiceField(choices=DatasetUse.choices, default=DatasetUse.EVALUATION)
    name = serializers.CharField(max_length=150)
    description = serializers.CharField(required=False, default="", allow_blank=True)
    file = serializers.FileField()


class RolesSerializer(serializers.Serializer[Dataset]):
    """What the columns of a dataset are for."""

    columns = ColumnSerializer(many=True)
    favourable = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    positive_label = serializers.CharField(
        max_length=100, required=False, default="", allow_blank=True
    )
    outcome_word = serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True
    )


class ModelSerializer(serializers.ModelSerializer[ModelArtefact]):
    """A model; `signature` is null until a worker has read it."""

    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    feature_names = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ModelArtefact
        fields = (
            "id", "system", "name", "format", "sha256", "state", "message", "feature_names",
            "created_at",
        )  # fmt: skip
        read_only_fields = fields


class ModelUploadSerializer(serializers.Serializer[ModelArtefact]):
    """A model on its way in."""

    system = _visible(AISystem)
    name = serializers.CharField(max_length=150)
    file = serializers.FileField()


def _grade(**options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=5, **options)


class WaitingSerializer(serializers.ModelSerializer[RiskRating]):
    """A rating that a second person has yet to answer, and why it needs one."""

    class Meta:
        model = RiskRating
        fields = ("id", "likelihood", "severity", "rationale", "rated_by", "rated_at", "needs")
        read_only_fields = fields


class RiskSerializer(serializers.ModelSerializer[Risk]):
    """A risk; the current rating is set by `rate`."""

    system = _visible(AISystem)
    release = _visible(Release, required=False, allow_null=True)
    owner = _person()
    dimension = serializers.ChoiceField(choices=Dimension.choices)
    treatment = serializers.ChoiceField(choices=Treatment.choices, required=False)
    inherent_likelihood = _grade()
    inherent_severity = _grade()
    target_likelihood = _grade(required=False, allow_null=True)
    target_severity = _grade(required=False, allow_null=True)
    level = serializers.CharField(read_only=True)
    waiting = serializers.SerializerMethodField(
        help_text="A rating that a second person has yet to confirm, or null."
    )

    class Meta:
        model = Risk
        fields = (
            "id", "system", "release", "title", "cause", "event", "harm", "affected_groups",
            "dimension", "treatment", "state", "owner", "due_date", "inherent_likelihood",
            "inherent_severity", "current_likelihood", "current_severity", "target_likelihood",
            "target_severity", "level", "waiting", "rating_rationale", "rated_by", "rated_at",
            "closed_reason", "created_at",
        )  # fmt: skip
        read_only_fields = (
            "state", "current_likelihood", "current_severity", "rating_rationale", "rated_by",
            "rated_at", "closed_reason", "created_at",
        )  # fmt: skip

    @extend_schema_field(WaitingSerializer(allow_null=True))
    def get_waiting(self, risk: Risk) -> dict[str, Any] | None:
        """Return the rating that waits."""
        found = next((item for item in risk.ratings.all() if item.waits), None)
        return None if found is None else dict(WaitingSerializer(found).data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A target is a whole cell of the matrix or none."""
        names = ("target_likelihood", "target_severity")
        values = [attrs.get(name, getattr(self.instance, name, None)) for name in names]
        if (values[0] is None) != (values[1] is None):
            message = "A target needs both likelihood and severity, or neither."
            raise serializers.ValidationError({"target_severity": message})
        return attrs


class RatingSerializer(serializers.Serializer[Risk]):
    """What is left of a risk, and why."""

    likelihood = _grade()
    severity = _grade()
    rationale = serializers.CharField()


class ReasonSerializer(serializers.Serializer[Risk]):
    """A reason, kept in the ledger."""

    reason = serializers.CharField()


class MitigationSerializer(serializers.ModelSerializer[Mitigation]):
    """An action against a risk; `verified` is set by `verify`."""

    risk = _visible(Risk)
    owner = _person()

    class Meta:
        model = Mitigation
        fields = (
            "id", "risk", "title", "description", "owner", "due_date", "status", "verified_by",
            "verified_at", "evidence_reference", "verification_note", "created_at",
        )  # fmt: skip
        read_only_fields = (
            "status", "verified_by", "verified_at", "evidence_reference", "verification_note",
            "created_at",
        )  # fmt: skip


class StatusSerializer(serializers.Serializer[Mitigation]):
    """How far a mitigation is."""

    status = serializers.ChoiceField(choices=[(item.value, item.label) for item in BY_HAND])
    reason = serializers.CharField(required=False, default="", allow_blank=True)


class VerificationSerializer(serializers.Serializer[Mitigation]):
    """On what evidence a mitigation is verified."""

    note = serializers.CharField()
    reference = serializers.CharField(max_length=200)
