"""The questionnaire: a field for each question that the policy asks."""

from __future__ import annotations

from typing import Any

from django import forms

from assessments.rules.policy_data import Policy, Question


class IntakeForm(forms.Form):
    """Made from the policy; "Not known" is always offered and counts as the most it can give."""

    def __init__(self, policy: Policy, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy
        for question in policy.questions:
            self.fields[question.key] = _field(question)

    def answers(self) -> dict[str, list[str]]:
        """Return what was chosen and can be read, whether or not all is answered."""
        found: dict[str, list[str]] = {}
        for question in self.policy.questions:
            value = self.cleaned_data.get(question.key) if hasattr(self, "cleaned_data") else None
            if value:
                found[question.key] = [value] if isinstance(value, str) else list(value)
        return found


def initial_of(policy: Policy, answers: dict[str, list[str]]) -> dict[str, Any]:
    """Return answers as the fields' initial values."""
    return {
        question.key: answers[question.key]
        if question.kind == "multiple"
        else answers[question.key][0]
        for question in policy.questions
        if answers.get(question.key)
    }


def _field(question: Question) -> forms.Field:
    missing = {"required": "Choose an answer; “Not known” is one."}
    if question.kind == "multiple":
        return forms.MultipleChoiceField(
            label=question.text,
            help_text=question.help,
            choices=question.choices,
            widget=forms.CheckboxSelectMultiple,
            error_messages=missing,
        )
    return forms.ChoiceField(
        label=question.text,
        help_text=question.help,
        choices=question.choices,
        widget=forms.RadioSelect,
        error_messages=missing,
    )
