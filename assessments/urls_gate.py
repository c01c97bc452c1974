"""Addresses of home, intake, gate, evidence, policy, ledger and people."""

from django.urls import URLPattern, path

from assessments.views import (
    evidence,
    exceptions,
    gates,
    home,
    intakes,
    ledger,
    people,
    plans,
    policies,
    risks,
    search,
    sign_offs,
)

_ONE = "releases/<int:pk>/requirements/<path:key>"

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("policy/", policies.policy_detail, name="policy_detail"),
    path("policy/<int:number>/", policies.policy_detail, name="policy_version"),
    path("releases/<int:pk>/intake/", intakes.intake_form, name="intake_form"),
    path("releases/<int:pk>/intake/save/", intakes.intake_save, name="intake_save"),
    path("releases/<int:pk>/intake/submit/", intakes.intake_submit, name="intake_submit"),
    path("releases/<int:pk>/tier/", intakes.tier_detail, name="tier_detail"),
    path("releases/<int:pk>/plan/propose/", plans.plan_propose, name="plan_propose"),
    path("releases/<int:pk>/risks/", risks.release_risks, name="release_risks"),
    path("risks/<int:pk>/accept/", risks.risk_accept, name="risk_accept"),
    path("releases/<int:pk>/gate/", gates.gate, name="gate"),
    path(f"{_ONE}/evidence/", evidence.evidence_new, name="evidence_new"),
    path(f"{_ONE}/evidence/confirm/", evidence.model_card_confirm, name="evidence_confirm"),
    path("evidence/<int:pk>/file/", evidence.evidence_file, name="evidence_file"),
    path(f"{_ONE}/sign-off/", sign_offs.sign_off_new, name="sign_off_new"),
    path(f"{_ONE}/exception/", exceptions.exception_new, name="exception_new"),
    path("exceptions/<int:pk>/answer/", exceptions.exception_answer, name="exception_answer"),
    path(f"{_ONE}/", gates.requirement_detail, name="requirement_detail"),
    path("ledger/", ledger.ledger_list, name="ledger_list"),
    path("ledger/verify/", ledger.ledger_verify, name="ledger_verify"),
    path("ledger/<int:sequence>/", ledger.ledger_entry, name="ledger_entry"),
    path("people/", people.people_list, name="people_list"),
    path("people/<int:pk>/grant/", people.people_grant, name="people_grant"),
    path("people/grants/<int:pk>/revoke/", people.people_revoke, name="people_revoke"),
    path("people/proposals/<int:pk>/confirm/", people.people_confirm, name="people_confirm"),
    path("people/proposals/<int:pk>/decline/", people.people_decline, name="people_decline"),
]
