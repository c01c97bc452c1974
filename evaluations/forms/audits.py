"""Forms of the quick audit: the file, then what its columns are."""

from __future__ import annotations

from typing import Any

from django import forms

from evaluations.services.audits import AuditColumns
from rai_portal.accounts.models import Portfolio, User
from registry.choices import ColumnRole
from registry.models import AISystem, Dataset
from registry.people import portfolios_to_change

PURPOSE = "Testing decisions for discrimination"
BASES = (
    ("", "Choose"),
    ("Regulation B, 12 CFR 1002.15: self-test", "Regulation B, 12 CFR 1002.15: self-test"),
    ("29 CFR 1607: employee selection", "29 CFR 1607: employee selection"),
    ("EU AI Act, Article 10(5): bias detection", "EU AI Act, Article 10(5): bias detection"),
    ("GDPR, Article 9(2)(g): public interest", "GDPR, Article 9(2)(g): public interest"),
    ("Consent of the people concerned", "Consent of the people concerned"),
    ("Published or anonymous research data", "Published or anonymous research data"),
)
_MOST_COLUMNS = 60


class AuditUploadForm(forms.Form):
    """The one file a quick audit needs."""

    file = forms.FileField(
        label="CSV or Parquet file of predictions",
        help_text="One row for each decision: what was decided, and the groups to compare. "
        "UTF-8 with a header line. Nothing in it is run.",
    )
    portfolio = forms.ModelChoiceField(Portfolio.objects.none(), help_text="Decides who sees it.")

    def __init__(self, *args: Any, user: User, **kw: Any) -> None:
        super().__init__(*args, **kw)
        portfolios = portfolios_to_change(user)
        portfolio: Any = self.fields["portfolio"]
        portfolio.queryset = portfolios
        found = list(portfolios[:2])
        if len(found) == 1:
            portfolio.initial = found[0].pk
            portfolio.widget = forms.HiddenInput()


def _suggested(dataset: Dataset, role: ColumnRole) -> list[str]:
    return [c.name for c in dataset.columns.all() if c.suggested_role == role]


def _values(dataset: Dataset) -> list[str]:
    """Return values that occur in columns of few values, once the profile is there."""
    columns = (dataset.profile or {}).get("columns", ())
    few = [column for column in columns if column.get("top") and column["distinct"] <= 2]
    return sorted({str(entry["value"]) for column in few for entry in column["top"]})


class AuditColumnsForm(forms.Form):
    """What was decided, who is compared, which value is good for the person."""

    prediction = forms.ChoiceField(
        label="Decision or prediction", help_text="The column with what was decided: two values."
    )
    favourable = forms.CharField(
        max_length=100,
        initial="1",
        label="Favourable value",
        help_text="The value of it that is good for the person, such as 1 for approved.",
    )
    groups = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Groups to compare by",
        help_text="Columns such as race, sex or age band.",
    )
    label = forms.ChoiceField(
        required=False,
        label="What happened",
        help_text="The true outcome, if it is known: then error rates are compared too.",
    )
    positive_label = forms.CharField(
        required=False,
        max_length=100,
        initial="1",
        label="Positive value of it",
        help_text="The outcome that would have earned the favourable decision.",
    )
    outcome_word = forms.CharField(
        required=False,
        max_length=40,
        label="A word for the favourable decision",
        help_text="Reports say “approved” instead of “1”.",
    )
    purpose = forms.CharField(
        max_length=300, initial=PURPOSE, label="Purpose of reading the group columns"
    )
    legal_basis = forms.ChoiceField(
        choices=BASES, label="Legal basis", help_text="What allows reading them. Not legal advice."
    )

    def __init__(self, *args: Any, dataset: Dataset, **kw: Any) -> None:
        super().__init__(*args, **kw)
        names = [column.name for column in dataset.columns.all()]
        offered = [(name, name) for name in names]
        fields: dict[str, Any] = dict(self.fields)
        fields["prediction"].choices = [("", "Choose"), *offered]
        fields["label"].choices = [("", "Not known"), *offered]
        fields["groups"].choices = offered[:_MOST_COLUMNS]
        prediction = _suggested(dataset, ColumnRole.PREDICTION)
        label = _suggested(dataset, ColumnRole.LABEL)
        # A file of past decisions has one column of outcomes: what was decided.
        first = [*prediction, *label]
        fields["prediction"].initial = first[0] if first else ""
        fields["label"].initial = label[0] if prediction and label else ""
        fields["groups"].initial = _suggested(dataset, ColumnRole.SENSITIVE)
        values = _values(dataset)
        if values and "1" not in values:
            fields["favourable"].initial = fields["positive_label"].initial = ""
        self.values = values
        for name in ("favourable", "positive_label"):
            fields[name].widget.attrs["list"] = "values"

    def clean(self) -> dict[str, Any]:
        """Refuse one column in two parts."""
        data = super().clean() or {}
        prediction, label = data.get("prediction"), data.get("label")
        if prediction and label == prediction:
            self.add_error("label", "This column is the decision already. Choose another, or none.")
        if prediction and prediction in data.get("groups", ()):
            self.add_error("groups", f"{prediction} is the decision; it is no group.")
        if label and not data.get("positive_label"):
            self.add_error("positive_label", "Say which outcome counts as positive.")
        return data

    def columns(self) -> AuditColumns:
        """Return what the service takes."""
        data = self.cleaned_data
        return AuditColumns(
            prediction=data["prediction"],
            favourable=data["favourable"],
            groups=tuple(data["groups"]),
            purpose=data["purpose"],
            legal_basis=data["legal_basis"],
            label=data["label"],
            positive_label=data["positive_label"] if data["label"] else "",
            outcome_word=data["outcome_word"],
        )


class AttachForm(forms.Form):
    """The system that an audit belongs to."""

    system = forms.ModelChoiceField(
        AISystem.objects.none(), help_text="Systems of the audit's portfolio."
    )

    def __init__(self, *args: Any, user: User, portfolio_id: int, **kw: Any) -> None:
        super().__init__(*args, **kw)
        system: Any = self.fields["system"]
        system.queryset = AISystem.objects.visible_to(user).filter(portfolio=portfolio_id)
