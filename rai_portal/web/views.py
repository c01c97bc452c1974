"""Error pages and the page of components."""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat

from rai_portal.errors import DATABASE_FULL, tells_of_full_disk
from rai_portal.web.samples import component_samples

FAILED = (
    "The portal failed on this request. What was saved before is kept; this step was not saved. Try "
    "again. If it fails again, tell your administrator the time and this address."
)
NOT_READ = (
    "The portal could not read this request. Nothing was changed. Mend it, then send it again."
)
TOO_LARGE = (
    "This request is larger than the "
    f"{filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)} that the portal takes at once beside "
    "files. Nothing was changed. Send less at a time, or send it as a file."
)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is nothing here, or nothing in sight."""
    return render(request, "errors/404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the person may see it, but not do it."""
    return render(request, "errors/403.html", {"sentence": str(exception)}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the request could not be read, or is larger than what is read into memory."""
    if isinstance(exception, RequestDataTooBig):
        return _answer(request, "413.html", TOO_LARGE, 413)
    return _answer(request, "400.html", NOT_READ, 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that the portal failed, or that its disk is full, and what was kept.

    Django calls it while it handles the error.
    """
    if tells_of_full_disk(sys.exception()):
        return _answer(request, "507.html", DATABASE_FULL, 507)
    return _answer(request, "500.html", FAILED, 500)


def _answer(request: HttpRequest, template: str, sentence: str, status: int) -> HttpResponse:
    """Return the page, or for the API its form of an error."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": sentence}, status=status)
    return render(request, template, {"sentence": sentence}, status=status)


def components(request: HttpRequest) -> HttpResponse:
    """Show every component; only while developing."""
    return render(request, "web/components.html", component_samples())
