"""Forms of findings, and of links from a run to risks and mitigations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from evaluations.choices import Severity
from evaluations.models import RunVerdict
from evaluations.services.findings import FindingFacts
from rai_portal.accounts.models import User
from registry.choices import MitigationStatus
from registry.models import Mitigation, Risk
from registry.people import people_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evaluations.models import Run
    from registry.models import AISystem

SEVERITIES = (
    (Severity.SEV1, "Sev1: stops a launch; people are harmed or the law is broken"),
    (Severity.SEV2, "Sev2: must be mitigated before launch"),
    (Severity.SEV3, "Sev3: to be mitigated with a date"),
    (Severity.SEV4, "Sev4: worth knowing"),
)


class FindingForm(forms.Form):
    """What was observed, how bad it is, and who takes care of it."""

    title = forms.CharField(
        max_length=160,
        help_text="One sentence with the number: who, compared with whom, by how much.",
    )
    severity = forms.TypedChoiceField(choices=SEVERITIES, coerce=int, initial=Severity.SEV3)
    description = forms.CharField(
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What it means for whom, and what should happen next.",
    )
    owner = forms.ModelChoiceField(User.objects.none(), help_text="Takes care of it.")
    due_date = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        label="Due",
    )
    risks = forms.ModelMultipleChoiceField(
        Risk.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Risks of this system that it bears on. A new one can be recorded afterwards.",
    )

    def __init__(self, *args: Any, system: AISystem, with_risks: bool = True, **kw: Any) -> None:
        super().__init__(*args, **kw)
        owner: Any = self.fields["owner"]
        owner.queryset = people_of([system.portfolio_id])
        owner.initial = self.initial.get("owner") or system.owner_id
        risks: Any = self.fields["risks"]
        risks.queryset = Risk.objects.open().filter(system=system)
        if not with_risks or not risks.queryset.exists():
            del self.fields["risks"]

    def facts(self) -> FindingFacts:
        """Return what the service takes."""
        data = self.cleaned_data
        return FindingFacts(
            title=data["title"],
            severity=data["severity"],
            owner=data["owner"],
            description=data["description"],
            due_date=data["due_date"],
        )


class RisksForm(forms.Form):
    """Which risks a finding bears on."""

    risks = forms.ModelMultipleChoiceField(
        Risk.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, system: AISystem, **kw: Any) -> None:
        super().__init__(*args, **kw)
        risks: Any = self.fields["risks"]
        risks.queryset = Risk.objects.filter(system=system)


class CloseForm(forms.Form):
    """What settled a finding."""

    note = forms.CharField(
        label="What settled it",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The run, the change or the reason; an auditor reads it.",
    )


class ReopenForm(forms.Form):
    """Why a finding is open again."""

    reason = forms.CharField(max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class _VerdictField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic when it runs
    def label_from_instance(self, obj: Any) -> str:
        """Return the check with its verdict."""
        return f"{obj.check_row.short_title}: {obj.get_verdict_display().lower()}"


class LinkRiskForm(forms.Form):
    """A risk that a run measures."""

    risk = forms.ModelChoiceField(
        Risk.objects.none(), help_text="Its residual rating may then rest on this run."
    )
    verdict = _VerdictField(
        RunVerdict.objects.none(),
        label="Measured by",
        help_text="The check whose verdict bears on this risk.",
    )
    note = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What the number says of the risk.",
    )

    def __init__(
        self,
        *args: Any,
        system: AISystem,
        run: Run,
        metric: Mapping[str, Any] | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        risk: Any = self.fields["risk"]
        risk.queryset = Risk.objects.open().filter(system=system)
        verdict: Any = self.fields["verdict"]
        verdict.queryset = run.verdicts.select_related("check_row").order_by("pk")
        found = list(verdict.queryset)
        self.judged = bool(found)
        if not found:
            del self.fields["verdict"]
        verdict.initial = _judging(found, metric)


def _judging(verdicts: Sequence[RunVerdict], metric: Mapping[str, Any] | None) -> int | None:
    """Return the id of the verdict on this metric, where one check alone judged it."""
    if metric is None:
        return None
    own = [
        item.pk
        for item in verdicts
        if item.check_row.metric == metric["metric"]
        and sorted(item.check_row.by) == sorted(metric.get("by") or [])
    ]
    return own[0] if len(own) == 1 else None


class VerifyForm(forms.Form):
    """A mitigation that a run verifies."""

    mitigation = forms.ModelChoiceField(
        Mitigation.objects.none(), help_text="Somebody who does not own it verifies it."
    )
    note = forms.CharField(
        label="What the run shows",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Before and after, with the numbers.",
    )

    def __init__(self, *args: Any, system: AISystem, **kw: Any) -> None:
        super().__init__(*args, **kw)
        mitigation: Any = self.fields["mitigation"]
        mitigation.queryset = (
            Mitigation.objects.open()
            .filter(risk__system=system)
            .exclude(status=MitigationStatus.DROPPED)
            .select_related("risk")
        )
