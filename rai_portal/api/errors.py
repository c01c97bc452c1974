"""API errors: a sentence in `detail`, fields in `errors`."""

from __future__ import annotations

from typing import Any

from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from rai_portal.errors import Conflict, NotAllowed, Refused


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response for an error; domain refusals keep their sentence."""
    if isinstance(error, Refused):
        code: int = status.HTTP_422_UNPROCESSABLE_ENTITY
        if isinstance(error, NotAllowed):
            code = status.HTTP_403_FORBIDDEN
        elif isinstance(error, Conflict):
            code = status.HTTP_409_CONFLICT
        body: dict[str, Any] = {"detail": error.sentence}
        if error.field:
            body["errors"] = {error.field: [error.sentence]}
        return Response(body, status=code)
    return exception_handler(error, context)
