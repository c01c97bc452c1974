"""Forms by which people file, sign, ask and accept."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from assessments.choices import SignOffOutcome


class EvidenceForm(forms.Form):
    """A text, a file, or both."""

    text = forms.CharField(
        label="Text",
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 22}),
        help_text="Write under each heading; where one does not apply, say why.",
    )
    evidence = forms.FileField(
        label="File",
        required=False,
        help_text="Instead of the text or beside it: a PDF, an image or a table, up to 50 MiB.",
    )


class SignOffForm(forms.Form):
    """A specialist's word."""

    outcome = forms.ChoiceField(
        label="Your word",
        choices=SignOffOutcome.choices,
        widget=forms.RadioSelect,
        help_text="It is bound to the scope as it is now; a changed scope asks for a new one.",
    )
    note = forms.CharField(
        label="What you looked at, or what should change",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Those who decide read it beside your name.",
    )


class ExceptionForm(forms.Form):
    """Why a requirement should be waived for a time."""

    reason = forms.CharField(
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Who grants it, answers for it; they need to know why mending must wait.",
    )
    compensation = forms.CharField(
        label="Compensating measure",
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What protects the people affected meanwhile.",
    )
    expires_on = forms.DateField(
        label="Until", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, latest: dt.date, needs_data: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        until = self.fields["expires_on"]
        until.help_text = f"{latest} at the latest: exceptions end by themselves."
        until.widget.attrs["max"] = latest.isoformat()
        if needs_data:
            field = self.fields["compensation"]
            field.label = "Data to be collected"
            field.help_text = "Which rows, how many, by when: what would settle the result."


class ExceptionAnswerForm(forms.Form):
    """Yes or no, with a note."""

    answer = forms.ChoiceField(
        choices=(("grant", "Grant it"), ("refuse", "Refuse it")), widget=forms.RadioSelect
    )
    note = forms.CharField(
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the ledger beside your answer.",
    )


class AcceptanceForm(forms.Form):
    """Taking a residual risk."""

    rationale = forms.CharField(
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Why this much risk is worth taking, and who bears it.",
    )
    monitoring = forms.CharField(
        label="How it is watched",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Which number, how often, who looks, and at which value it is taken back.",
    )
    expires_on = forms.DateField(
        label="Until", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, latest: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        until = self.fields["expires_on"]
        until.help_text = f"{latest} at the latest; then it comes up for review."
        until.widget.attrs["max"] = latest.isoformat()
