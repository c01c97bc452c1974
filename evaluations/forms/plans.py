"""Forms of the plan: limits, parameters, datasets, reasons."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms

from evaluations.choices import Direction
from evaluations.forms.parameters import ParameterFields
from evaluations.methods import catalogue
from registry.choices import ColumnRole, DatasetUse
from registry.models import Dataset

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from evaluations.models import Check
    from registry.models import Release


def evaluation_data(release: Release) -> QuerySet[Dataset]:
    """Return the datasets that the release is evaluated on."""
    rows = Dataset.objects.filter(
        release_datasets__release=release, release_datasets__use=DatasetUse.EVALUATION
    )
    return rows.defer("profile").distinct().order_by("pk")


class ReasonForm(forms.Form):
    """Why something is done; kept for ever beside it."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Shown beside the check and in the memo.",
    )


class LockForm(forms.Form):
    """Locking asks nothing but whether it is meant."""

    reason = forms.CharField(
        label="Note", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class AdjustForm(ParameterFields, forms.Form):
    """A check's limit, dataset and parameters, changed with a reason."""

    threshold = forms.DecimalField(label="Limit", max_digits=12, decimal_places=6)
    dataset = forms.ModelChoiceField(
        Dataset.objects.none(), help_text="Evaluation data of this release."
    )
    reason = forms.CharField(
        label="Reason for the change",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The board reads it beside the limit.",
    )

    def __init__(self, *args: Any, check: Check, **kw: Any) -> None:
        super().__init__(*args, **kw)
        data: Any = self.fields["dataset"]
        data.queryset = evaluation_data(check.plan.release)
        data.initial = check.dataset_id
        if check.direction == Direction.ESTIMABLE:
            del self.fields["threshold"]
        else:
            threshold: Any = self.fields["threshold"]
            threshold.label = f"Limit, {check.get_direction_display().lower()}"
            threshold.initial = check.threshold and format(check.threshold.normalize(), "f")
        self.add_parameters(check.method, check.parameters)
        self.order_fields([*(n for n in self.fields if n != "reason"), "reason"])

    def changes(self) -> dict[str, Any]:
        """Return what the service takes; parameters hold only what differs from the default."""
        found: dict[str, Any] = {
            "parameters": self.parameters(),
            "dataset": self.cleaned_data["dataset"],
            "reason": self.cleaned_data["reason"],
        }
        if "threshold" in self.cleaned_data:
            found["threshold"] = Decimal(self.cleaned_data["threshold"])
        return found


def metric_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every metric of the catalogue by method, as "method metric"."""
    return [
        (spec.title, [(f"{spec.key} {item.key}", item.title) for item in spec.metrics])
        for spec in catalogue.all_methods()
    ]


class AddCheckForm(forms.Form):
    """A check that the policy did not ask for."""

    metric = forms.ChoiceField(help_text="What is measured. The catalogue says what each means.")
    by = forms.MultipleChoiceField(
        label="Compare by",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Sensitive columns; none for the whole.",
    )
    direction = forms.ChoiceField(choices=Direction.choices, label="The result has to be")
    threshold = forms.DecimalField(label="Limit", max_digits=12, decimal_places=6, required=False)
    dataset = forms.ModelChoiceField(Dataset.objects.none())
    title = forms.CharField(max_length=160, help_text="Such as: approval-rate gap by sex.")
    reason = forms.CharField(
        max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), label="Why it is added"
    )

    def __init__(self, *args: Any, release: Release, **kw: Any) -> None:
        super().__init__(*args, **kw)
        metric: Any = self.fields["metric"]
        metric.choices = metric_choices()
        data: Any = self.fields["dataset"]
        data.queryset = evaluation_data(release)
        columns = (
            Dataset.objects.filter(pk__in=data.queryset.values("pk"))
            .filter(columns__role=ColumnRole.SENSITIVE)
            .values_list("columns__name", flat=True)
            .distinct()
            .order_by("columns__name")
        )
        by: Any = self.fields["by"]
        by.choices = [(name, name) for name in columns]

    def clean(self) -> dict[str, Any]:
        """Ask for a limit wherever the direction needs one."""
        data = super().clean() or {}
        if data.get("direction") != Direction.ESTIMABLE and data.get("threshold") is None:
            self.add_error("threshold", "Set a limit, or ask only that every group is estimable.")
        return data
