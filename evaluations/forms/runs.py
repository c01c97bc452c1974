"""The form of an exploration: a run that does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from evaluations.methods import catalogue
from registry.models import Dataset

if TYPE_CHECKING:
    from registry.models import Release


class ExploreForm(forms.Form):
    """Method and data; parameters stay at their defaults."""

    method = forms.ChoiceField(help_text="The catalogue says what each can and cannot show.")
    dataset = forms.ModelChoiceField(Dataset.objects.none())

    def __init__(self, *args: Any, release: Release, **kw: Any) -> None:
        super().__init__(*args, **kw)
        method: Any = self.fields["method"]
        method.choices = [(spec.key, spec.title) for spec in catalogue.all_methods()]
        dataset: Any = self.fields["dataset"]
        rows = Dataset.objects.filter(release_datasets__release=release)
        dataset.queryset = rows.defer("profile").distinct().order_by("pk")
