"""What the API answers by itself."""

from __future__ import annotations

from typing import Any, NoReturn

from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView


class NothingHere(APIView):
    """Answers every address that no resource has, in the form of the API's other errors."""

    permission_classes = (AllowAny,)
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        """Answer before any method is looked for."""
        message = "The API has nothing at this address. GET /api/v1/schema/ lists what there is."
        raise NotFound(message)
