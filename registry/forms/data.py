"""Forms about datasets and models."""

from __future__ import annotations

from typing import Any

from django import forms

from rai_portal.accounts.models import Portfolio, User
from registry.choices import ColumnRole, DatasetUse
from registry.forms.edges import edges_field
from registry.forms.outcomes import likely_good, offer_values, values_by_column
from registry.models import AISystem, Dataset, DatasetColumn
from registry.people import portfolios_to_change
from registry.reading.bins import parse_edges
from registry.services.datasets import ColumnRoleInput


class DatasetUploadForm(forms.Form):
    """A table on its way in. For a release, system and portfolio are known."""

    file = forms.FileField(
        label="CSV or Parquet file",
        help_text="CSV in UTF-8 with a header line, or Parquet. Leave out columns no check needs.",
    )
    name = forms.CharField(
        max_length=150, required=False, help_text="How people will find it. Else the file's name."
    )
    use = forms.ChoiceField(
        choices=DatasetUse.choices,
        label="The release uses it for",
        help_text="Checks run on evaluation data: rows the model did not learn from.",
    )
    portfolio = forms.ModelChoiceField(Portfolio.objects.none(), help_text="Decides who sees it.")
    system = forms.ModelChoiceField(
        AISystem.objects.none(), required=False, empty_label="No system yet"
    )
    description = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Where the rows come from, from when, and who is missing from them.",
    )

    def __init__(self, *args: Any, user: User, for_release: bool, **kw: Any) -> None:
        super().__init__(*args, **kw)
        if for_release:
            del self.fields["portfolio"], self.fields["system"]
            return
        del self.fields["use"]
        portfolios = portfolios_to_change(user)
        portfolio: Any = self.fields["portfolio"]
        portfolio.queryset = portfolios
        if len(portfolios) == 1:
            portfolio.initial = portfolios[0].pk
        system: Any = self.fields["system"]
        system.queryset = AISystem.objects.visible_to(user).filter(portfolio__in=portfolios)


class ModelUploadForm(forms.Form):
    """A model on its way in."""

    file = forms.FileField(
        label="XGBoost model, JSON or UBJ",
        help_text="Saved with booster.save_model('model.ubj'). Pickles are refused: they run code.",
    )
    name = forms.CharField(max_length=150, required=False, help_text="Else the file's name.")


class RolesForm(forms.Form):
    """What each column is for. One pair of purpose and basis serves all sensitive columns."""

    favourable = forms.ChoiceField(
        label="Favourable prediction",
        required=False,
        help_text="The predicted value that is good for the person, such as 1 for approved.",
    )
    positive_label = forms.ChoiceField(
        label="Positive label", required=False, help_text="The label that counts as positive."
    )
    outcome_word = forms.CharField(
        label="A word for the favourable prediction",
        required=False,
        max_length=40,
        help_text="Reports say “approved” instead of “1”.",
    )
    purpose = forms.CharField(
        label="Purpose of reading sensitive columns",
        required=False,
        max_length=300,
        help_text="Why these attributes are read, such as testing decisions for discrimination.",
    )
    legal_basis = forms.CharField(
        label="Legal basis",
        required=False,
        max_length=300,
        help_text="The law or permission that allows it, such as Regulation B, 12 CFR 1002.15.",
    )

    def __init__(self, *args: Any, dataset: Dataset, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.columns: list[DatasetColumn] = list(dataset.columns.all())
        numbers = {
            name: column
            for name, column in dataset.column_profiles().items()
            if column["kind"] == "number" and column["distinct"] > 2
        }
        first_time = all(column.role == ColumnRole.IGNORED for column in self.columns)
        reasons = {
            item["column"]: item["reason"]
            for item in (dataset.profile or {}).get("suggestions", ())
        }
        self.reasons = reasons if first_time else {}
        for column in self.columns:
            begin = column.suggested_role if first_time and column.suggested_role else column.role
            self.fields[f"role_{column.position}"] = forms.ChoiceField(
                choices=ColumnRole.choices, initial=begin, label=f"Role of {column.name}",
                widget=forms.Select(attrs={"data-column": column.name}),
            )  # fmt: skip
            if column.name in numbers:
                self.fields[f"edges_{column.position}"] = edges_field(
                    numbers[column.name], column.edges
                )
        self._offer_values(dataset)
        self._begin_with(dataset)
        if not self.is_bound:
            self._mark_needed()

    def _offer_values(self, dataset: Dataset) -> None:
        offered = values_by_column(dataset)
        roles = {"favourable": ColumnRole.PREDICTION, "positive_label": ColumnRole.LABEL}
        for name, role in roles.items():
            now = getattr(dataset, name)
            if offered:
                offer_values(self.fields[name], offered, follows=f"role {role}", now=now)
            else:
                self.fields[name] = forms.CharField(
                    required=False, max_length=100, label=self.fields[name].label,
                    help_text=self.fields[name].help_text,
                )  # fmt: skip
            begun = (
                column.name
                for column in self.columns
                if self.fields[f"role_{column.position}"].initial == role
            )
            self.fields[name].initial = now or likely_good(offered.get(next(begun, ""), ()))

    def _begin_with(self, dataset: Dataset) -> None:
        self.fields["outcome_word"].initial = dataset.outcome_word
        sensitive = [column for column in self.columns if column.role == ColumnRole.SENSITIVE]
        if sensitive:
            self.fields["purpose"].initial = sensitive[0].purpose
            self.fields["legal_basis"].initial = sensitive[0].legal_basis

    def _mark_needed(self) -> None:
        """Show which fields the suggested roles will ask for; the service decides on saving."""
        begun = {self.fields[f"role_{column.position}"].initial for column in self.columns}
        needs = {
            "favourable": ColumnRole.PREDICTION,
            "positive_label": ColumnRole.LABEL,
            "purpose": ColumnRole.SENSITIVE,
            "legal_basis": ColumnRole.SENSITIVE,
        }
        for name, role in needs.items():
            self.fields[name].required = role in begun

    def rows(self) -> list[dict[str, Any]]:
        """Return each column with its field, for the page."""
        return [
            {
                "column": column,
                "field": self[f"role_{column.position}"],
                "reason": self.reasons.get(column.name, ""),
            }
            for column in self.columns
        ]

    def clean(self) -> dict[str, Any]:
        """Sensitive columns need purpose and basis: say it beside the fields."""
        data = super().clean() or {}
        sensitive = [
            column.name
            for column in self.columns
            if data.get(f"role_{column.position}") == ColumnRole.SENSITIVE
        ]
        for column in self.columns:
            self._check_edges(column.position)
        for name, what in (("purpose", "a purpose"), ("legal_basis", "a legal basis")):
            if sensitive and not data.get(name):
                named = ", ".join(sensitive[:5])
                self.add_error(name, f"Sensitive columns need {what}: {named}.")
        return data

    def _check_edges(self, position: int) -> None:
        name = f"edges_{position}"
        try:
            parse_edges(self.cleaned_data.get(name, ""))
        except ValueError as error:
            self.add_error(name, str(error))

    def roles(self) -> dict[str, ColumnRoleInput]:
        """Return what was chosen, for the service."""
        data = self.cleaned_data
        kept = {column.name: column for column in self.columns}
        first = next(
            (column for column in kept.values() if column.role == ColumnRole.SENSITIVE), None
        )
        same = first is not None and (
            (first.purpose, first.legal_basis) == (data["purpose"], data["legal_basis"])
        )
        chosen = {}
        for name, column in kept.items():
            role = data[f"role_{column.position}"]
            # Purposes that differ by column were set by API: unchanged fields keep them.
            own = same and column.role == role == ColumnRole.SENSITIVE
            chosen[name] = ColumnRoleInput(
                role=role,
                purpose=column.purpose if own else data["purpose"],
                legal_basis=column.legal_basis if own else data["legal_basis"],
                edges=parse_edges(data.get(f"edges_{column.position}", "")),
            )
        return chosen
