"""Forms of the quick audit: the file, then its columns, later a system."""

from __future__ import annotations

from typing import Any

from django import forms

from evaluations.services.audits import AuditColumns
from rai_portal.accounts.models import Portfolio, User
from registry.choices import ColumnRole
from registry.forms.edges import edges_field
from registry.forms.outcomes import likely_good, offer_values, values_by_column
from registry.models import AISystem, Dataset
from registry.people import portfolios_to_change
from registry.reading.bins import needs_edges, parse_edges
from registry.reading.values import same_outcome
from registry.services.edges import too_many_numbers

MOST_GROUPS = 50
"""A column with more values is no group that a report could compare."""
PURPOSE = "Testing decisions for discrimination"
BASES = (
    "Regulation B, 12 CFR 1002.15: self-test",
    "29 CFR 1607: employee selection",
    "EU AI Act, Article 10(5): bias detection",
    "GDPR, Article 9(2)(g): public interest",
    "Consent of the people concerned",
    "Published or anonymous research data",
    "Invented data: no person stands behind a row",
)


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
        portfolio: Any = self.fields["portfolio"]
        portfolio.queryset = portfolios_to_change(user)
        found = [row.pk for row in portfolio.queryset]
        if len(found) == 1:
            portfolio.widget = forms.HiddenInput()
        # A file is lost when a form comes back, so the likely portfolio is chosen already.
        last = Dataset.objects.filter(created_by=user, portfolio__in=found).order_by("-pk")
        used = last.values_list("portfolio", flat=True).first()
        portfolio.initial = used or next(iter(found), None)


class AuditColumnsForm(forms.Form):
    """Which column is what; suggestions come from names and values, a person confirms them."""

    prediction = forms.ChoiceField(
        label="Decision or prediction", help_text="The column with what was decided: two values."
    )
    favourable = forms.ChoiceField(
        label="Favourable value",
        help_text="The value of it that is good for the person, such as 1 for approved.",
    )
    groups = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Groups to compare by",
        help_text="Columns such as race, sex or age band. They are marked as sensitive.",
    )
    purpose = forms.CharField(
        label="Purpose of reading the group columns",
        max_length=300,
        initial=PURPOSE,
        help_text="Kept with the data, and told to the ledger whenever the groups are read.",
    )
    legal_basis = forms.ChoiceField(
        label="Legal basis", help_text="What allows reading them. Not legal advice."
    )
    label = forms.ChoiceField(
        label="What happened",
        required=False,
        help_text="The true outcome, if it is known: then error rates are compared too.",
    )
    positive_label = forms.ChoiceField(
        label="Positive value of it",
        required=False,
        help_text="The outcome that would have earned the favourable decision.",
    )
    score = forms.ChoiceField(
        label="Score", required=False, help_text="A number from 0 to 1, for calibration."
    )
    outcome_word = forms.CharField(
        label="A word for the favourable decision",
        required=False,
        max_length=40,
        help_text="The report says “approved” instead of “1”.",
    )
    minimum_group_size = forms.IntegerField(
        label="Smallest group to compare",
        min_value=1,
        max_value=1_000_000,
        initial=30,
        help_text="Smaller groups are listed with their size, never compared.",
    )
    NEEDED = ("prediction", "favourable", "groups", "purpose", "legal_basis")

    def __init__(self, *args: Any, dataset: Dataset, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.profiles = dataset.column_profiles()
        self.values = values_by_column(dataset)
        self.suggested = {column.name: column.suggested_role for column in dataset.columns.all()}
        self._offer_columns()
        self._offer_values()
        self._choices("legal_basis", [(basis, basis) for basis in BASES], "Choose")
        self._begin_as_declared(dataset)

    def sides(self) -> dict[str, list[Any]]:
        """Return the fields that everybody answers, and those that only some need."""
        edges = list(self.binned.values())
        place = self.NEEDED.index("groups") + 1
        needed = [*self.NEEDED[:place], *edges, *self.NEEDED[place:]]
        return {
            "needed": [self[name] for name in needed],
            "more": [self[name] for name in self.fields if name not in needed],
        }

    def _choices(self, name: str, choices: list[tuple[str, str]], empty: str = "") -> None:
        field: Any = self.fields[name]
        field.choices = [("", empty), *choices] if empty else choices

    def _first(self, role: ColumnRole) -> str:
        return next((name for name, value in self.suggested.items() if value == role), "")

    def _offer_columns(self) -> None:
        every = [(name, name) for name in self.profiles]
        self._choices("prediction", every, "Choose")
        self._choices("label", every, "Not known")
        self._choices("score", every, "None")
        sensitive = [n for n, role in self.suggested.items() if role == ColumnRole.SENSITIVE]
        offered = [
            name
            for name, column in self.profiles.items()
            if name in sensitive or (column["distinct"] <= MOST_GROUPS and not needs_edges(column))
        ]
        groups = [
            (name, f"{name}, {_values_text(self.profiles[name]['distinct'])}") for name in offered
        ]
        self._choices("groups", groups)
        self._offer_edges(offered)
        # What needs edges is left to a person: they are declared, not taken from the data.
        self.fields["groups"].initial = [
            name
            for name in sensitive
            if 1 < self.profiles[name]["distinct"] <= MOST_GROUPS and name not in self.binned
        ]
        label, prediction = self._first(ColumnRole.LABEL), self._first(ColumnRole.PREDICTION)
        # A file of past decisions has one column of outcomes: what was decided.
        self.fields["prediction"].initial = prediction or label
        self.fields["label"].initial = label if prediction else ""
        # A score is judged against what happened: without that it would only be refused.
        self.fields["score"].initial = self._first(ColumnRole.SCORE) if prediction and label else ""

    def _offer_edges(self, offered: list[str]) -> None:
        """Ask for the edges of each column on offer that holds too many numbers."""
        self.binned = {
            name: f"edges_{place}"
            for place, name in enumerate(offered)
            if needs_edges(self.profiles[name])
        }
        for name, field in self.binned.items():
            self.fields[field] = edges_field(self.profiles[name])

    def _begin_as_declared(self, dataset: Dataset) -> None:
        """Begin with what was chosen before, where an audit is made anew."""
        columns = list(dataset.columns.all())
        held = {column.role: column.name for column in columns}
        if ColumnRole.PREDICTION not in held:
            return
        sensitive = [column for column in columns if column.role == ColumnRole.SENSITIVE]
        begun: dict[str, Any] = {
            "prediction": held[ColumnRole.PREDICTION],
            "favourable": dataset.favourable,
            "label": held.get(ColumnRole.LABEL, ""),
            "positive_label": dataset.positive_label if ColumnRole.LABEL in held else "",
            "score": held.get(ColumnRole.SCORE, "") if ColumnRole.LABEL in held else "",
            "groups": [column.name for column in sensitive],
            "outcome_word": dataset.outcome_word,
        }
        if sensitive:
            begun |= {"purpose": sensitive[0].purpose, "legal_basis": sensitive[0].legal_basis}
        begun |= {
            self.binned[column.name]: ", ".join(column.edges)
            for column in sensitive
            if column.name in self.binned
        }
        for name, value in begun.items():
            self.fields[name].initial = value

    def _offer_values(self) -> None:
        for name, column in (("favourable", "prediction"), ("positive_label", "label")):
            offer_values(self.fields[name], self.values, follows=f"field {column}")
            begun = self.values.get(self.fields[column].initial or "", ())
            self.fields[name].initial = likely_good(begun)

    def clean(self) -> dict[str, Any]:
        """Say beside the field what would keep the report from being made."""
        data = super().clean() or {}
        self._check_outcome("prediction", "favourable", data)
        if data.get("label"):
            self._check_outcome("label", "positive_label", data)
        elif data.get("score"):
            self.add_error(
                "score",
                "A score can only be judged against what happened: name that column too, or leave "
                "the score out.",
            )
        for name in data.get("groups", ()):
            self._check_group(name)
        for name, field in self.binned.items():
            self._check_edges(name, field, data)
        self._check_once(data)
        return data

    def _check_outcome(self, name: str, value_name: str, data: dict[str, Any]) -> None:
        column, value = data.get(name), data.get(value_name)
        if not column:
            return
        values = self.values.get(column, ())
        distinct = len(values) or self.profiles[column]["distinct"]
        if distinct != 2:
            said = f" ({', '.join(values)})" if values else ""
            self.add_error(
                name,
                f"“{column}” has {_values_text(distinct)}{said}; rates need exactly two. Choose "
                "another column, or make two values of them in the file.",
            )
        elif not value:
            self.add_error(value_name, f"Choose one of the values of “{column}”.")
        elif values and not same_outcome(value, values):
            said = " and ".join(values)
            self.add_error(value_name, f"“{value}” is no value of “{column}”, which has {said}.")

    def _check_group(self, name: str) -> None:
        distinct = self.profiles[name]["distinct"]
        if distinct == 0:
            self.add_error("groups", f"“{name}” holds no values: nobody can be compared by it.")
        elif distinct == 1:
            self.add_error("groups", f"“{name}” holds one group: there is none to compare with.")

    def _check_edges(self, name: str, field: str, data: dict[str, Any]) -> None:
        try:
            edges = parse_edges(data.get(field, ""))
        except ValueError as error:
            self.add_error(field, str(error))
            return
        if name in data.get("groups", ()) and not edges:
            self.add_error(field, too_many_numbers(name, self.profiles[name]["distinct"]))

    def _check_once(self, data: dict[str, Any]) -> None:
        parts = {name: data.get(name) for name in ("prediction", "label", "score")}
        taken: set[str] = set()
        for name, column in parts.items():
            if column and column in taken:
                self.add_error(name, f"“{column}” plays another part already. Choose another.")
            elif column:
                taken.add(column)
        for column in data.get("groups", ()):
            if column in taken:
                self.add_error("groups", f"“{column}” is an outcome here; it is no group.")

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
            score=data["score"],
            edges={name: parse_edges(data[field]) for name, field in self.binned.items()},
            outcome_word=data["outcome_word"],
            minimum_group_size=data["minimum_group_size"],
        )


def _values_text(distinct: int) -> str:
    """Return "no values", "1 value" or "1,240 values"."""
    if distinct == 0:
        return "no values"
    return "1 value" if distinct == 1 else f"{distinct:,} values"


class AttachForm(forms.Form):
    """The system that an audit belongs to."""

    system = forms.ModelChoiceField(
        AISystem.objects.none(), help_text="Systems of the audit's portfolio."
    )

    def __init__(self, *args: Any, user: User, portfolio_id: int, **kw: Any) -> None:
        super().__init__(*args, **kw)
        system: Any = self.fields["system"]
        system.queryset = AISystem.objects.visible_to(user).filter(portfolio=portfolio_id)
