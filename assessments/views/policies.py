"""The policy, readable."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from assessments.models import PolicyVersion
from assessments.rules import risk_matrix
from assessments.rules.policy_data import Policy, RequirementRule
from assessments.rules.wording import spelled
from assessments.services.policies import policy_of, require_current
from rai_portal.web.requests import SignedInRequest

CATEGORIES = (
    ("Evaluations", ("evaluation",)),
    ("Documents and controls", ("document", "control")),
    ("Sign-offs", ("sign_off",)),
    ("Risks and findings", ("risk", "finding")),
    ("Monitoring", ("monitoring",)),
)


def policy_detail(request: SignedInRequest, number: int | None = None) -> HttpResponse:
    """Show what is asked, how answers become a tier, and who decides."""
    version = (
        require_current()
        if number is None
        else get_object_or_404(PolicyVersion.objects.all(), number=number)
    )
    policy = policy_of(version)
    context = {
        "version": version,
        "policy": policy,
        "versions": PolicyVersion.objects.defer("text"),
        "groups": _groups(policy),
        "questions": [
            {"question": item, "dimension": spelled(item.dimension)} for item in policy.questions
        ],
        "dimensions": [
            {"rule": item, "dimension": spelled(item.dimension)}
            for item in policy.dimension_thresholds
        ],
        "matrix": risk_matrix.cells(policy.risk_matrix),
        "appetite": risk_matrix.by_key(policy.risk_matrix, policy.risk_matrix.appetite),
        "tiers": (1, 2, 3, 4),
    }
    return render(request, "assessments/policy_detail.html", context)


def _groups(policy: Policy) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "rules": [_shown(rule) for rule in policy.requirements if rule.category in categories],
        }
        for title, categories in CATEGORIES
    ]


def _shown(rule: RequirementRule) -> dict[str, Any]:
    return {
        "rule": rule,
        "title": rule.title.replace("{column}", "each sensitive column"),
        "in_tier": [tier in rule.tiers for tier in (1, 2, 3, 4)],
        "traits": ", ".join(word.replace("_", " ") for word in (*rule.kinds, *rule.traits)),
    }
