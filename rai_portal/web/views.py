"""Error pages and the page of components."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rai_portal.web.samples import component_samples


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is nothing here, or nothing in sight."""
    return render(request, "errors/404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the person may see it, but not do it."""
    return render(request, "errors/403.html", {"sentence": str(exception)}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that the portal failed, and what was kept."""
    return render(request, "500.html", status=500)


def components(request: HttpRequest) -> HttpResponse:
    """Show every component; only while developing."""
    return render(request, "web/components.html", component_samples())
