"""The questionnaire and the tier page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from assessments.choices import IntakeState
from assessments.forms.intakes import IntakeForm, initial_of
from assessments.rules import tiering
from assessments.rules.conditions import leaves
from assessments.rules.wording import spelled
from assessments.services.gates import release_gate
from assessments.services.intakes import (
    draft_of,
    intake_of,
    save_answers,
    submit_intake,
)
from assessments.services.policies import policy_of, require_current
from assessments.views.gates import visible_release
from rai_portal.errors import Conflict
from rai_portal.web.requests import SignedInRequest
from registry.models import Release
from registry.permissions import may_change, require_change


def intake_form(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask the policy's questions; POST keeps a draft."""
    release = visible_release(request, pk)
    if request.method == "POST":
        form = IntakeForm(policy_of(require_current()), request.POST)
        form.is_valid()
        save_answers(actor=request.user, release=release, answers=form.answers())
        messages.success(request, "The draft is saved. Submit it when every question is answered.")
        return redirect("intake_form", pk=release.pk)
    draft = draft_of(release)
    form = IntakeForm(draft.policy, initial=initial_of(draft.policy, draft.answers))
    return _page(request, release, form, carried_from=draft.carried_from, answers=draft.answers)


@require_POST
def intake_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep what is chosen so far; answers with the line that says so."""
    release = visible_release(request, pk)
    form = IntakeForm(policy_of(require_current()), request.POST)
    form.is_valid()
    try:
        save_answers(actor=request.user, release=release, answers=form.answers())
    except Conflict:
        # A choice is kept a moment after it is made: the submission may have come first.
        return HttpResponse("The answers are submitted.")
    context = {"at": timezone.now(), "answered": len(form.answers()), "asked": len(form.fields)}
    return render(request, "assessments/intake_saved.html", context)


@require_POST
def intake_submit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Fix the tier, or show what is missing or contradicts itself."""
    release = visible_release(request, pk)
    require_change(request.user, release.portfolio_id)
    form = IntakeForm(policy_of(require_current()), request.POST)
    form.is_valid()
    _, result = submit_intake(actor=request.user, release=release, answers=form.answers())
    if result.blocked:
        for sentence in result.problems:
            form.add_error(None, sentence)
        return _page(request, release, form, status=422, answers=form.answers())
    messages.success(request, f"Submitted: {release} is in Tier {result.tier}.")
    return redirect("tier_detail", pk=release.pk)


def _page(
    request: SignedInRequest,
    release: Release,
    form: IntakeForm,
    *,
    answers: dict[str, list[str]],
    carried_from: str = "",
    status: int = 200,
) -> HttpResponse:
    result = tiering.tier(form.policy, answers)
    context = {
        "release": release,
        "form": form,
        "policy": form.policy,
        "carried_from": carried_from,
        "result": result,
        "started": bool(answers),
        "contradictions": [
            {"sentence": fired.sentence, "questions": _named(form, fired.key)}
            for fired in result.contradictions
        ],
        "may_change": may_change(request.user, release.portfolio_id),
        "intake": intake_of(release),
    }
    return render(request, "assessments/intake_form.html", context, status=status)


def _named(form: IntakeForm, key: str) -> list[dict[str, str]]:
    """Return the questions of a contradiction, to be linked to."""
    rule = next(item for item in form.policy.contradictions if item.key == key)
    names = dict.fromkeys(leaf.question for leaf in leaves(rule.when))
    return [{"id": f"id_{name}", "text": str(form.fields[name].label)} for name in names]


def tier_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the tier with everything it came from."""
    release = visible_release(request, pk)
    intake = intake_of(release)
    if intake is None or intake.state != IntakeState.SUBMITTED or intake.tier_result is None:
        return redirect(reverse("intake_form", args=[release.pk]))
    result = intake.tier_result
    found = release_gate(release)
    most = max([1, *(points for points in result["by_dimension"].values())])
    context = {
        "release": release,
        "found": found,
        "intake": intake,
        "result": result,
        "bars": [
            {"label": spelled(name), "n": points, "percent": 100 * points / most, "url": ""}
            for name, points in result["by_dimension"].items()
        ],
        "thresholds": [
            {**item, "dimension": spelled(item["dimension"])} for item in result["thresholds"]
        ],
        "questions": [
            {**item, "dimension": spelled(item["dimension"])} for item in result["questions"]
        ],
        "unknown": sum(item["unknown"] for item in result["questions"]),
        "asked": [item for item in found.gate.requirements if item.status != "not_applicable"],
        "may_change": may_change(request.user, release.portfolio_id),
    }
    return render(request, "assessments/tier_detail.html", context)
