"""Forms of the board: recommending, signing, confirming that a condition is met."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from django import forms

from assessments.choices import DecisionKind
from assessments.rules.decision_rights import Choice
from assessments.services.exceptions import Plea
from assessments.services.reviews import ConditionInput
from rai_portal.accounts.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

MOST_CONDITIONS = 12
BLANK_ROWS = 2


def _day(**more: Any) -> forms.DateField:
    attributes = {"type": "date", "class": "form-control"}
    return forms.DateField(widget=forms.DateInput(attrs=attributes, format="%Y-%m-%d"), **more)


class RecommendForm(forms.Form):
    """What the analyst asks of the board, and why."""

    recommendation = forms.ChoiceField(
        label="You recommend", choices=DecisionKind.choices, widget=forms.RadioSelect
    )
    rationale = forms.CharField(
        label="Why, in two or three sentences",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="The board reads this first. Name the number that decides, with its interval and "
        "rows, and what the release changes about it.",
    )
    session_date = _day(
        label="Session of the board",
        required=False,
        help_text="Leave it empty when the board decides between sessions.",
    )


class ConditionForm(forms.Form):
    """One row of conditions; an empty one is left out."""

    text = forms.CharField(
        label="Condition",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    owner = forms.ModelChoiceField(
        label="Owner",
        queryset=User.objects.none(),
        required=False,
        empty_label="Choose",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    due_date = _day(label="Due", required=False)

    def __init__(self, *args: Any, owners: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for owner and day where a condition is named."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("text"):
            for name, what in (("owner", "who owns it"), ("due_date", "by which day")):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, f"Say {what}.")
        return data


class _Conditions(forms.BaseFormSet):  # type: ignore[type-arg]  # not generic at run time
    """Rows of conditions."""

    def inputs(self) -> tuple[ConditionInput, ...]:
        """Return the rows that name something."""
        return tuple(
            ConditionInput(text=data["text"], owner=data["owner"], due_date=data["due_date"])
            for data in (form.cleaned_data for form in self.forms)
            if data.get("text")
        )


_ConditionFormSet: Any = forms.formset_factory(
    ConditionForm,
    formset=_Conditions,
    extra=BLANK_ROWS,
    max_num=MOST_CONDITIONS,
    absolute_max=MOST_CONDITIONS + BLANK_ROWS,
)


def condition_rows(
    request: HttpRequest, owners: QuerySet[User], stored: Sequence[dict[str, Any]] = ()
) -> Any:
    """Return the rows of conditions, prefilled with those that were proposed."""
    initial = [
        {"text": item["text"], "owner": item["owner"], "due_date": item["due"]} for item in stored
    ]
    data = request.POST if request.method == "POST" else None
    return _ConditionFormSet(
        data, initial=initial, prefix="conditions", form_kwargs={"owners": owners}
    )


class VoteForm(forms.Form):
    """A signature: the choice, its reason, and the password again."""

    kind = forms.ChoiceField(
        label="Decision",
        choices=DecisionKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of the decisions that are open."},
    )
    reason = forms.CharField(
        label="Reason, in the minutes",
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    password = forms.CharField(
        label="Your password, again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Signing asks for your password again."},
    )
    scope_digest = forms.CharField(widget=forms.HiddenInput)
    gate_digest = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        """Refuse a password that is not the signer's; guesses are counted as those at sign-in."""
        given: str = self.cleaned_data["password"]
        user = self.request.user
        credentials = {"email": user.get_username(), "password": given}
        try:
            known = get_adapter().authenticate(self.request, **credentials)
        except forms.ValidationError as error:
            message = "Too many wrong passwords. Nothing was signed. Wait five minutes, then sign."
            raise forms.ValidationError(message) from error
        if known is None or known.pk != user.pk:
            message = "That is not your password. Nothing was signed."
            raise forms.ValidationError(message)
        return given


class ExceptionForm(forms.Form):
    """The words of one exception that a go with conditions grants in the same act."""

    key = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        required=False, max_length=5_000, widget=forms.Textarea(attrs={"rows": 2})
    )
    compensation = forms.CharField(
        label="Compensating measure, or the data to be collected",
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    expires_on = _day(label="Until", required=False)


_ExceptionFormSet: Any = forms.formset_factory(ExceptionForm, extra=0)


def exception_rows(request: HttpRequest, conditional: Choice) -> Any:
    """Return a row for each exception that a go with conditions would need."""
    initial = [{"key": key} for key in conditional.exceptions]
    data = request.POST if request.method == "POST" and initial else None
    return _ExceptionFormSet(data, initial=initial, prefix="exceptions")


def pleas_of(rows: Any) -> tuple[tuple[str, Plea], ...]:
    """Return what was written for each exception; a day left out counts as today, so is refused."""
    return tuple(
        (
            data["key"],
            Plea(
                reason=data["reason"],
                compensation=data["compensation"],
                expires_on=data["expires_on"] or dt.date.min,
            ),
        )
        for data in (form.cleaned_data for form in rows.forms)
        if data
    )


class NoteForm(forms.Form):
    """What shows that a condition is met."""

    note = forms.CharField(
        label="What shows it",
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="A run, a dataset, a document: something that another person can open.",
    )


class WithdrawForm(forms.Form):
    """Why a recommendation is taken back."""

    reason = forms.CharField(max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}))
