"""One field for systems, releases, risks and runs."""

from __future__ import annotations

import dataclasses

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from assessments.services.search import find
from rai_portal.web.requests import SignedInRequest

LONGEST = 200


def search(request: SignedInRequest) -> HttpResponse:
    """Show what was found; as JSON for `?as=json`."""
    text = request.GET.get("q", "").replace("\x00", "")[:LONGEST].strip()
    hits = find(request.user, text)
    if request.GET.get("as") == "json":
        return JsonResponse({"results": [dataclasses.asdict(hit) for hit in hits]})
    return render(request, "assessments/search.html", {"text": text, "hits": hits})
