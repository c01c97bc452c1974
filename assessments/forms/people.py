"""Giving a role."""

from __future__ import annotations

from django import forms

from rai_portal.accounts.choices import GIVEN_BY_TWO, Role
from rai_portal.accounts.models import Portfolio


class GrantForm(forms.Form):
    """A role, and where it is held."""

    role = forms.ChoiceField(
        choices=Role.choices,
        help_text=", ".join(role.label for role in GIVEN_BY_TWO)
        + ": a second administrator confirms these before they are held.",
    )
    portfolio = forms.ModelChoiceField(
        queryset=Portfolio.objects.all(),
        required=False,
        empty_label="All portfolios",
        help_text="Auditors and administrators read all; every other role belongs to a portfolio.",
    )
