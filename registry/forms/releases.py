"""Forms about releases."""

from __future__ import annotations

import json
from typing import Any

from django import forms

from registry.choices import DatasetUse
from registry.models import AISystem, Dataset, ModelArtefact, Release
from registry.services.releases import ReleaseFacts

SETTING_LENGTH = 10_000


class ReleaseForm(forms.Form):
    """What a person says of a release; its settings stand in rows beside it."""

    version = forms.CharField(max_length=40, help_text="As your team numbers it, such as 1.1.")
    change_summary = forms.CharField(
        label="What changed",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What is different from the release before, and why. The board reads it first.",
    )
    planned_launch = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Deadlines of reviews are counted back from this day.",
    )
    clone_from = forms.ModelChoiceField(
        Release.objects.none(),
        label="Start from",
        required=False,
        empty_label="Nothing: an empty release",
        help_text="Datasets, model and settings are taken over; the page then shows what changed.",
    )
    uses_sensitive_at_decision = forms.BooleanField(
        required=False,
        label="A sensitive attribute is used when it decides",
        help_text="Group-specific thresholds count too. In lending this is disparate treatment.",
    )

    def __init__(
        self, *args: Any, system: AISystem, release: Release | None = None, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        if release is not None:
            del self.fields["clone_from"]
            for name in self.fields:
                self.fields[name].initial = getattr(release, name)
            return
        earlier = system.releases.all()
        choice: Any = self.fields["clone_from"]
        choice.queryset = earlier
        last = earlier.first()
        if last is None:
            del self.fields["clone_from"]
            return
        choice.initial = last.pk
        self.fields["uses_sensitive_at_decision"].initial = last.uses_sensitive_at_decision

    def facts(self, settings: dict[str, Any]) -> ReleaseFacts:
        """Return what was typed, for the service."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "clone_from"}
        return ReleaseFacts(**data, settings=settings)


class SettingForm(forms.Form):
    """One setting: a name and its value; a row without a name is left out."""

    name = forms.CharField(max_length=100, required=False)
    value = forms.CharField(max_length=SETTING_LENGTH, required=False)

    def clean(self) -> dict[str, Any]:
        """A value without a name would be lost without a word."""
        data = super().clean() or {}
        if data.get("value") and not data.get("name"):
            self.add_error("name", "Name this setting, or empty its value to remove it.")
        return data


class BaseSettings(forms.BaseFormSet):  # type: ignore[type-arg]  # not generic when it runs
    """The rows of settings."""

    def clean(self) -> None:
        """Each name stands once."""
        names = [form.cleaned_data.get("name") for form in self.forms if form.is_valid()]
        named = [name for name in names if name]
        for name in named:
            if named.count(name) > 1:
                message = f"“{name}” stands twice. Keep one of the rows."
                raise forms.ValidationError(message)

    def settings(self) -> dict[str, Any]:
        """Return the settings; a value that is JSON is kept as such, any other as text."""
        rows = (form.cleaned_data for form in self.forms)
        return {row["name"]: as_value(row["value"]) for row in rows if row.get("name")}


SettingsFormSet = forms.formset_factory(SettingForm, formset=BaseSettings, extra=3, max_num=200)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def as_value(text: str) -> Any:
    """Return 0.5 for "0.5", true for "true", and the text itself where it is no JSON."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def as_text(value: Any) -> str:
    """Return how a setting is shown in its row; the inverse of `as_value`."""
    if isinstance(value, str) and as_value(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def settings_rows(release: Release | None) -> list[dict[str, str]]:
    """Return the rows to begin with."""
    settings = release.settings if release is not None else {}
    return [{"name": name, "value": as_text(value)} for name, value in sorted(settings.items())]


class AttachDatasetForm(forms.Form):
    """Which dataset, and for what."""

    dataset = forms.ModelChoiceField(Dataset.objects.none())
    use = forms.ChoiceField(choices=DatasetUse.choices)

    def __init__(self, *args: Any, datasets: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        choice: Any = self.fields["dataset"]
        choice.queryset = datasets


class SetModelForm(forms.Form):
    """Which model the release is."""

    model = forms.ModelChoiceField(
        ModelArtefact.objects.none(), required=False, empty_label="No model"
    )

    def __init__(self, *args: Any, release: Release, **kw: Any) -> None:
        super().__init__(*args, **kw)
        choice: Any = self.fields["model"]
        choice.queryset = release.system.models.exclude(state__in=("failed", "cancelled"))
        choice.initial = release.model_id
