"""Forms about AI systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from rai_portal.accounts.models import Portfolio, User
from registry.choices import Kind, LifecycleStage
from registry.forms.sections import SectionedForm
from registry.people import people_of, portfolios_to_change
from registry.services.systems import SystemFacts

if TYPE_CHECKING:
    from registry.models import AISystem


def _text(label: str, help_text: str, *, required: bool = False, rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class SystemForm(SectionedForm):
    """What a person says of a system, in three sections."""

    name = forms.CharField(
        max_length=120, help_text="As people in your organisation call it. It names every memo."
    )
    portfolio = forms.ModelChoiceField(
        Portfolio.objects.none(), help_text="Decides who sees the system."
    )
    kind = forms.ChoiceField(
        choices=Kind.choices, help_text="Decides which questions and which checks are asked."
    )
    stage = forms.ChoiceField(label="Lifecycle stage", choices=LifecycleStage.choices)
    owner = forms.ModelChoiceField(
        User.objects.none(), help_text="Answers for the system and does its mitigations."
    )
    purpose = _text(
        "Purpose",
        "What it is for, in a sentence that an affected person would understand.",
        required=True,
    )
    intended_use = _text(
        "Intended use", "Who uses it, when, and on what input. Evaluations are read against this."
    )
    out_of_scope_uses = _text(
        "Out-of-scope uses", "Uses it was not built for and must not be put to."
    )
    decisions = _text(
        "Decisions it takes part in",
        "Which decisions about people it makes, prepares or ranks, and who has the last word.",
    )
    affected_groups = _text(
        "Affected groups",
        "Whom its output touches, those included who never see it. Checks are made by group.",
    )
    users = _text("Who uses it", "The people who read its output and act on it.", rows=2)
    jurisdictions = forms.CharField(
        required=False,
        max_length=200,
        help_text="Countries or states whose law applies, such as US, EU.",
    )

    SECTIONS = (
        ("The system", ("name", "portfolio", "kind", "stage", "owner", "purpose")),
        ("Use", ("intended_use", "out_of_scope_uses", "users")),
        ("Who is affected", ("decisions", "affected_groups", "jurisdictions")),
    )

    def __init__(self, *args: Any, user: User, system: AISystem | None = None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        if system is None:
            portfolios = portfolios_to_change(user)
            self._field("portfolio").queryset = portfolios
            self._field("owner").queryset = people_of(portfolios.values_list("pk", flat=True))
            self.fields["owner"].initial = user.pk
            if len(portfolios) == 1:
                self.fields["portfolio"].initial = portfolios[0].pk
            return
        del self.fields["portfolio"]
        self._field("owner").queryset = people_of([system.portfolio_id])
        for name in self.fields:
            self.fields[name].initial = getattr(system, name)

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def facts(self) -> SystemFacts:
        """Return what was typed, for the service."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "portfolio"}
        return SystemFacts(**data)


class ImportForm(forms.Form):
    """An inventory on its way in."""

    portfolio = forms.ModelChoiceField(
        Portfolio.objects.none(), help_text="All systems of the file are registered there."
    )
    file = forms.FileField(
        label="CSV file", help_text="UTF-8, one system per line, columns as in the template."
    )

    def __init__(self, *args: Any, user: User, **kw: Any) -> None:
        super().__init__(*args, **kw)
        portfolios = portfolios_to_change(user)
        choice: Any = self.fields["portfolio"]
        choice.queryset = portfolios
        if len(portfolios) == 1:
            choice.initial = portfolios[0].pk
