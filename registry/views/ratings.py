"""The second person's word on a rating of a risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from rai_portal.errors import NotAllowed
from registry import risk_scale
from registry.forms.binding import attempt
from registry.forms.risks import AnswerRatingForm
from registry.models import RiskRating
from registry.queries.ratings import cited_runs, steps_of
from registry.services.ratings import SECOND_PERSON, answer_rating, may_answer

if TYPE_CHECKING:
    from django.http import HttpResponse

    from rai_portal.web.requests import SignedInRequest


@require_http_methods(["GET", "POST"])
def rating_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Confirm or decline a rating that waits."""
    rows = RiskRating.objects.visible_to(request.user).select_related(
        "risk__system__portfolio", "rated_by", "evidence"
    )
    rating = get_object_or_404(rows, pk=pk)
    risk = rating.risk
    if not may_answer(request.user, rating):
        raise NotAllowed(_refusal(rating))
    form = AnswerRatingForm(request.POST or None)
    if form.is_valid():
        confirm = form.cleaned_data["answer"] == "confirm"
        done = attempt(
            form,
            lambda: answer_rating(
                actor=request.user, rating=rating, confirm=confirm, note=form.cleaned_data["note"]
            ),
        )
        if done is not None:
            word = "confirmed and counts" if confirm else "declined; what counted before still does"
            messages.success(request, f"The rating of {risk.code} is {word}.")
            return redirect("risk_detail", risk.pk)
    context: dict[str, Any] = {
        "form": form,
        "rating": rating,
        "risk": risk,
        "steps": steps_of(risk, rating, risk_scale.current()),
        "cited": cited_runs(risk),
        "title": f"Answer the rating of {risk.code}",
        "lead": f"{risk.title}. One person may not lower it alone: {rating.needs}.",
        "submit": "Give my word",
        "cancel_url": reverse("risk_detail", args=[risk.pk]),
        "crumbs": [{"label": risk.code, "url": reverse("risk_detail", args=[risk.pk])}],
    }
    return render(request, "registry/rating_answer.html", context)


def _refusal(rating: RiskRating) -> str:
    if not rating.waits:
        return "This rating waits for no answer. Nothing was changed. Look at the risk again."
    return SECOND_PERSON
