"""Forms about risks and mitigations."""

from __future__ import annotations

from typing import Any

from django import forms

from rai_portal.accounts.models import User
from registry import risk_scale
from registry.choices import Dimension, MitigationStatus, Treatment
from registry.forms.sections import SectionedForm
from registry.models import AISystem, Mitigation, Risk
from registry.people import people_of
from registry.services.evidence import Upload
from registry.services.mitigations import BY_HAND, MitigationFacts
from registry.services.risks import Rating, RiskFacts


def _grades(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(str(place), f"{place} {name}") for place, name in enumerate(names, start=1)]


def _likelihood() -> list[tuple[str, str]]:
    return [("", "Choose"), *_grades(risk_scale.current().likelihood)]


def _severity() -> list[tuple[str, str]]:
    return [("", "Choose"), *_grades(risk_scale.current().severity)]


def _grade(label: str, choices: Any, *, required: bool = True) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=choices, coerce=int, empty_value=None, required=required
    )


def _date(help_text: str) -> forms.DateField:
    return forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=help_text,
    )


def _story(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RiskForm(SectionedForm):
    """What a person says of a risk."""

    system = forms.ModelChoiceField(
        AISystem.objects.none(), help_text="A risk stays with the system through its releases."
    )
    title = forms.CharField(
        max_length=160, help_text="Who could come to what harm, in one line. It heads every list."
    )
    cause = _story("Cause", "What in the data, the model or its use could bring it about.")
    event = _story("Event", "What would happen.")
    harm = _story("Harm", "What it would mean for the people it happens to.")
    affected_groups = forms.CharField(max_length=300, help_text="Who would be harmed.")
    dimension = forms.ChoiceField(choices=Dimension.choices)
    inherent_likelihood = _grade("Likelihood before any mitigation", _likelihood)
    inherent_severity = _grade("Severity before any mitigation", _severity)
    target_likelihood = _grade("Target likelihood", _likelihood, required=False)
    target_severity = _grade("Target severity", _severity, required=False)
    treatment = forms.ChoiceField(choices=Treatment.choices)
    owner = forms.ModelChoiceField(User.objects.none(), help_text="Sees to it that it shrinks.")
    due_date = _date("By when the target should be reached.")

    SECTIONS = (
        ("The chain", ("system", "title", "cause", "event", "harm", "affected_groups")),
        (
            "How grave",
            (
                "dimension", "inherent_likelihood", "inherent_severity", "target_likelihood",
                "target_severity",
            ),
        ),
        ("What is done", ("treatment", "owner", "due_date")),
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        user: User,
        systems: Any,
        system: AISystem | None = None,
        risk: Risk | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        choice: Any = self.fields["system"]
        choice.queryset = systems
        home = risk.system if risk is not None else system
        portfolios = [home.portfolio_id] if home else [item.portfolio_id for item in systems]
        owner: Any = self.fields["owner"]
        owner.queryset = people_of(portfolios)
        if risk is not None:
            del self.fields["system"]
            for name in self.fields:
                self.fields[name].initial = getattr(risk, name)
            return
        owner.initial = home.owner_id if home else user.pk
        choice.initial = home.pk if home else None

    def clean(self) -> dict[str, Any]:
        """A target is a whole cell of the matrix or none."""
        data = super().clean() or {}
        likelihood, severity = data.get("target_likelihood"), data.get("target_severity")
        if (likelihood is None) != (severity is None):
            name = "target_likelihood" if likelihood is None else "target_severity"
            self.add_error(name, "A target needs both likelihood and severity, or neither.")
        return data

    def facts(self) -> RiskFacts:
        """Return what was typed, for the service."""
        data = self.cleaned_data
        target = None
        if data["target_likelihood"] is not None:
            target = Rating(likelihood=data["target_likelihood"], severity=data["target_severity"])
        return RiskFacts(
            title=data["title"],
            cause=data["cause"],
            event=data["event"],
            harm=data["harm"],
            affected_groups=data["affected_groups"],
            dimension=data["dimension"],
            owner=data["owner"],
            inherent=Rating(
                likelihood=data["inherent_likelihood"], severity=data["inherent_severity"]
            ),
            target=target,
            treatment=data["treatment"],
            due_date=data["due_date"],
        )


def _upload(form: forms.Form) -> Upload | None:
    file = form.cleaned_data.get("evidence")
    return Upload(chunks=file.chunks(), name=file.name) if file else None


class RateForm(forms.Form):
    """What is left of a risk now."""

    likelihood = _grade("Likelihood now", _likelihood)
    severity = _grade("Severity now", _severity)
    rationale = _story(
        "Reason",
        "What was seen, and why it is no higher and no lower. Without a verdict that passed, "
        "linked from its run before, the rating counts as attested, under your name.",
    )
    evidence = forms.FileField(
        required=False, help_text="A file the rating rests on, at most 50 MiB."
    )

    def __init__(self, *args: Any, risk: Risk, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["likelihood"].initial = risk.current_likelihood
        self.fields["severity"].initial = risk.current_severity

    def rating(self) -> Rating:
        """Return the chosen cell."""
        data = self.cleaned_data
        return Rating(likelihood=data["likelihood"], severity=data["severity"])

    def upload(self) -> Upload | None:
        """Return the file, where there is one."""
        return _upload(self)


class AnswerRatingForm(forms.Form):
    """A second person's word on a rating."""

    answer = forms.ChoiceField(
        label="Your word",
        choices=[
            ("confirm", "Confirm: the rating counts from now on"),
            ("decline", "Decline: what counted before still counts"),
        ],
        widget=forms.RadioSelect,
    )
    note = _story("Why", "What you looked at, and why you agree or not. Kept in the ledger.")


class ReasonForm(forms.Form):
    """A reason, kept in the ledger."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept in the ledger with your name.",
    )


class MitigationForm(forms.Form):
    """What is done against a risk."""

    title = forms.CharField(max_length=160, label="What is done", help_text="Begin with a verb.")
    description = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="How it works against the risk, and what would show that it does.",
    )
    owner = forms.ModelChoiceField(
        User.objects.none(), help_text="Does it. Somebody else verifies it."
    )
    due_date = _date("After this day it shows as overdue in every list.")

    def __init__(
        self, *args: Any, risk: Risk, mitigation: Mitigation | None = None, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        owner: Any = self.fields["owner"]
        owner.queryset = people_of([risk.portfolio_id])
        owner.initial = risk.owner_id
        if mitigation is not None:
            for name in self.fields:
                self.fields[name].initial = getattr(mitigation, name)
            owner.initial = mitigation.owner_id

    def facts(self) -> MitigationFacts:
        """Return what was typed, for the service."""
        return MitigationFacts(**self.cleaned_data)


class StatusForm(forms.Form):
    """How far a mitigation is."""

    status = forms.ChoiceField(choices=[(item.value, item.label) for item in BY_HAND])
    reason = forms.CharField(
        required=False, max_length=2000, help_text="Needed to drop it; else as you like."
    )

    def clean(self) -> dict[str, Any]:
        """Dropping needs a reason: say it beside the field."""
        data = super().clean() or {}
        if data.get("status") == MitigationStatus.DROPPED and not data.get("reason"):
            self.add_error("reason", "Say why this mitigation is dropped.")
        return data


class VerifyForm(forms.Form):
    """That a mitigation works, and on what evidence."""

    note = _story("What was seen", "What shows that the mitigation works, in a sentence or two.")
    reference = forms.CharField(
        required=False,
        max_length=200,
        help_text="What verifies it, best a new run, such as run 118.",
    )
    evidence = forms.FileField(required=False, help_text="Or a file that shows it, at most 50 MiB.")

    def clean(self) -> dict[str, Any]:
        """Verified needs evidence: say it beside the field."""
        data = super().clean() or {}
        if not data.get("reference") and not data.get("evidence"):
            self.add_error("reference", "Name what verifies it, or add a file below.")
        return data

    def upload(self) -> Upload | None:
        """Return the file, where there is one."""
        return _upload(self)
