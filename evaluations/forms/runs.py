"""The form of an exploration: a run that does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from evaluations.forms.parameters import PREFIX, ParameterFields
from evaluations.methods import catalogue
from registry.models import Dataset

if TYPE_CHECKING:
    from registry.models import Release


class ExploreForm(ParameterFields, forms.Form):
    """Method, data, and the parameters that the catalogue gives the method chosen."""

    method = forms.ChoiceField(help_text="The catalogue says what each can and cannot show.")
    dataset = forms.ModelChoiceField(Dataset.objects.none())

    def __init__(self, *args: Any, release: Release, chosen: str = "", **kw: Any) -> None:
        super().__init__(*args, **kw)
        specs = catalogue.all_methods()
        self.chosen = chosen if chosen in {spec.key for spec in specs} else specs[0].key
        method: Any = self.fields["method"]
        method.choices = [(spec.key, spec.title) for spec in specs]
        method.initial = self.chosen
        dataset: Any = self.fields["dataset"]
        rows = Dataset.objects.filter(release_datasets__release=release)
        dataset.queryset = rows.defer("profile").distinct().order_by("pk")
        self.add_parameters(self.chosen, {})
        for name, field in self.fields.items():
            if name.startswith(PREFIX):
                field.required = False

    def of_the_run(self) -> list[forms.BoundField]:
        """Return the fields that every run has."""
        return [self["method"], self["dataset"]]

    def of_the_method(self) -> list[forms.BoundField]:
        """Return the fields of the method's parameters; one left empty keeps its default."""
        return [bound for bound in self if bound.name.startswith(PREFIX)]
