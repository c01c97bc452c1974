"""Giving a role."""

from __future__ import annotations

from django import forms

from assessments.services.people import GRANTABLE
from rai_portal.accounts.models import Portfolio


class GrantForm(forms.Form):
    """A role, and where it is held."""

    role = forms.ChoiceField(
        choices=[(role.value, role.label) for role in GRANTABLE],
        help_text="Deciding roles (board member, executive) take two people and are not given here.",
    )
    portfolio = forms.ModelChoiceField(
        queryset=Portfolio.objects.all(),
        required=False,
        empty_label="All portfolios",
        help_text="Auditors and administrators read all; every other role belongs to a portfolio.",
    )
