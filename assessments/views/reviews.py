"""The agenda, the recommendation and the board's one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Count, Exists, F, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from assessments.choices import DocumentKind, ReviewState
from assessments.forms.refusals import beside_fields
from assessments.forms.reviews import (
    RecommendForm,
    VoteForm,
    WithdrawForm,
    condition_rows,
    exception_rows,
    pleas_of,
)
from assessments.models import Document, Intake, Review, Vote
from assessments.services.drafting import drafted_reason
from assessments.services.gate_page import asked_of
from assessments.services.gates import release_gate
from assessments.services.papers import NOTHING
from assessments.services.recommendations import (
    may_recommend,
    open_review,
    possible_owners,
    require_analyst,
    still_stands,
)
from assessments.services.review_page import papers_of
from assessments.services.reviews import (
    Ballot,
    Signed,
    SignedAlready,
    choices_for,
    recommend,
    vote,
    withdraw,
)
from assessments.views.gates import visible_release
from rai_portal.web.requests import SignedInRequest
from registry.views.lists import chosen, page_of

if TYPE_CHECKING:
    from assessments.rules.decision_rights import Choice
    from assessments.services.gates import ReleaseGate

TONES = {"go": "good", "go_with_conditions": "unsure", "no_go": "bad"}


@require_GET
def review_list(request: SignedInRequest) -> HttpResponse:
    """Show the agenda: what waits for the board, the next session first."""
    mine = chosen(request, "show", ("mine",))
    signed = Vote.objects.filter(review=OuterRef("pk"), voter=request.user)
    rows = (
        Review.objects.visible_to(request.user)
        .filter(state=ReviewState.OPEN)
        .select_related("release__system__portfolio", "recommended_by", "gate")
        .annotate(i_signed=Exists(signed), signatures=Count("votes"))
        .order_by(F("session_date").asc(nulls_last=True), "pk")
    )
    if mine:
        rows = rows.filter(i_signed=False)
    page = page_of(rows, request)
    tiers = dict(
        Intake.objects.filter(
            release__in=[item.release_id for item in page.object_list]
        ).values_list("release_id", "tier")
    )
    context = {
        "page": page,
        "tiers": tiers,
        "chips": [
            {"label": "All", "url": request.path, "on": not mine, "n": None},
            {"label": "Without my signature", "url": f"{request.path}?show=mine", "on": bool(mine),
             "n": None},
        ],
    }  # fmt: skip
    return render(request, "assessments/review_list.html", context)


@require_http_methods(["GET", "POST"])
def review_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Recommend a decision to the board, beside what the gate has open."""
    release = visible_release(request, pk)
    standing = open_review(release)
    found = release_gate(release)
    if standing is not None and (
        still_stands(standing, found) or not may_recommend(request.user, release)
    ):
        return redirect("review_detail", standing.pk)
    require_analyst(request.user, release)
    form = RecommendForm(request.POST or None, initial=_suggested(found))
    rows = condition_rows(request, possible_owners(release.portfolio_id))
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        with beside_fields(form):
            review = recommend(
                actor=request.user,
                release=release,
                proposed_conditions=rows.inputs(),
                **form.cleaned_data,
            )
            messages.success(request, "Your recommendation waits for the board.")
            return redirect("review_detail", review.pk)
    context = {
        "release": release,
        "found": found,
        "form": form,
        "rows": rows,
        "opened": [item for item in found.gate.requirements if item.is_open],
        "standing": standing,
        "drafted": not form.is_bound and bool(form.initial.get("rationale")),
    }
    code = 422 if request.method == "POST" else 200
    return render(request, "assessments/review_new.html", context, status=code)


def _suggested(found: ReleaseGate) -> dict[str, str]:
    """Return what the gate leaves: a go when it is ready, else a no-go to be reasoned."""
    if found.gate.ready:
        return {"recommendation": "go"}
    return {"recommendation": "no_go", "rationale": drafted_reason(found) or found.gate.readiness}


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def review_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what decides the case on one screen; POST signs."""
    rows = Review.objects.visible_to(request.user).select_related(
        "release__system__portfolio", "release__system__owner", "recommended_by", "gate", "decision"
    )
    review = get_object_or_404(rows, pk=pk)
    if review.state == ReviewState.DECIDED:
        return redirect("decision_detail", review.decision.pk)
    found = release_gate(review.release)
    choices = choices_for(review, found, request.user)
    form = VoteForm(request, request.POST or None, initial=_digests(found))
    conditions = condition_rows(
        request, possible_owners(review.portfolio_id), review.proposed_conditions
    )
    exceptions = exception_rows(request, choices[1])
    if request.method == "POST":
        answer = _signed(request, review, form, conditions, exceptions)
        if answer is not None:
            return answer
    context = {
        **_screen(request, review, found, choices),
        "form": form,
        "conditions": conditions,
        "exceptions": _titled(found, exceptions),
        "exception_management": exceptions.management_form if choices[1].exceptions else "",
    }
    code = 422 if request.method == "POST" else 200
    return render(request, "assessments/review_detail.html", context, status=code)


def _digests(found: ReleaseGate) -> dict[str, str]:
    return {"scope_digest": found.gate.scope_digest, "gate_digest": found.gate.digest}


def _titled(found: ReleaseGate, rows: Any) -> list[tuple[str, Any]]:
    """Return each exception's form with the title of its requirement."""
    titles = {item.key: item.title for item in found.gate.requirements}
    return [(titles.get(row["key"].value() or "", ""), row) for row in rows.forms]


def _screen(
    request: SignedInRequest,
    review: Review,
    found: ReleaseGate,
    choices: tuple[Choice, Choice, Choice],
) -> dict[str, Any]:
    return {
        "review": review,
        "release": review.release,
        "found": found,
        "gate": found.gate,
        "asked": len(asked_of(found)),
        "papers": papers_of(review, found, request.user),
        "tone": TONES[review.recommendation],
        "choices": choices,
        "may_sign": any(choice.open for choice in choices),
        "mine": review.votes.filter(voter=request.user).first(),
        "may_withdraw": may_recommend(request.user, review.release),
        "outdated": not still_stands(review, found),
        "memo": _memo(review),
    }


def _memo(review: Review) -> Document | None:
    """Return the memo of what is recommended: the newest that is made, else one under way."""
    rows = Document.objects.filter(
        release=review.release, kind=DocumentKind.MEMO, scope_digest=review.scope_digest
    ).exclude(state__in=NOTHING)
    return max(
        rows.defer("record"), key=lambda row: (row.state == "succeeded", row.pk), default=None
    )


def _signed(
    request: SignedInRequest, review: Review, form: VoteForm, conditions: Any, exceptions: Any
) -> HttpResponse | None:
    """Sign, and return where to go; None when the page is to be shown again with its errors."""
    conditional = request.POST.get("kind") == "go_with_conditions"
    valid = form.is_valid()
    if conditional:
        valid = conditions.is_valid() and valid
        valid = (not exceptions.initial or exceptions.is_valid()) and valid
    if not valid:
        return None
    data = form.cleaned_data
    ballot = Ballot(
        kind=data["kind"],
        reason=data["reason"],
        scope_digest=data["scope_digest"],
        gate_digest=data["gate_digest"],
        conditions=conditions.inputs() if conditional else (),
        exceptions=pleas_of(exceptions) if conditional and exceptions.initial else (),
    )
    answer: HttpResponse | None = None
    try:
        with beside_fields(form):
            answer = _told(request, review, vote(actor=request.user, review=review, ballot=ballot))
    except SignedAlready as already:
        messages.info(request, already.sentence)
        answer = redirect("review_detail", review.pk)
    return answer


def _told(request: SignedInRequest, review: Review, signed: Signed) -> HttpResponse:
    if signed.decision is None:
        messages.success(request, f"Your signature is kept. {signed.sentence}")
        return redirect("review_detail", review.pk)
    word = signed.decision.get_kind_display().lower()
    messages.success(request, f"Decided: {word}. Memo, model card and pack are being made.")
    return redirect("decision_detail", signed.decision.pk)


@require_http_methods(["GET", "POST"])
def review_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a recommendation back, with the reason."""
    review = get_object_or_404(
        Review.objects.visible_to(request.user).select_related("release__system"), pk=pk
    )
    require_analyst(request.user, review.release)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with beside_fields(form):
            withdraw(actor=request.user, review=review, **form.cleaned_data)
            messages.success(request, "The recommendation is withdrawn. Nothing was decided.")
            return redirect("gate", review.release_id)
    context = {
        "form": form,
        "title": f"Withdraw the recommendation on {review.release}",
        "lead": "The board stops deciding on it; signatures given so far stay on record and "
        "decide nothing. You can recommend anew.",
        "submit": "Withdraw it",
        "cancel_url": reverse("review_detail", args=[review.pk]),
    }
    code = 422 if form.errors else 200
    return render(request, "components/form_page.html", context, status=code)
