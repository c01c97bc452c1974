"""Request ids in logs and ledger; refusals become sentences."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from rai_portal.errors import Conflict, NotAllowed, Refused

type Respond = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Give each request an id that logs and ledger entries carry."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within the id's context, and name the id in the answer."""
        request_id = secrets.token_hex(8)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class PrivateAnswerMiddleware:
    """What a signed-in person was shown stays out of every cache, shared machines included."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a view that says how long its answer may be kept is left alone."""
        response = self.get_response(request)
        signed_in = request.user.is_authenticated or "Authorization" in request.headers
        if signed_in and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response


class DomainErrorMiddleware:
    """Turn a refusal of the domain into its sentence, with the right status."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return a page with the sentence for refusals; leave every other error alone."""
        if not isinstance(error, Refused) or request.path.startswith("/api/"):
            return None
        status = (
            403 if isinstance(error, NotAllowed) else 409 if isinstance(error, Conflict) else 422
        )
        back = request.headers.get("Referer", "")
        safe = url_has_allowed_host_and_scheme(back, {request.get_host()})
        context = {"sentence": error.sentence, "back": back if safe else ""}
        return render(request, "errors/refused.html", context, status=status)


def tell(request: HttpRequest, sentence: str) -> None:
    """Show a sentence on the next page."""
    messages.success(request, sentence)
