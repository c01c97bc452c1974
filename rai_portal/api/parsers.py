"""How bodies are read: what a parser cannot take is bad input, not a fault of the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class JsonOfSoundDepth(JSONParser):
    """JSON; nested deeper than the reader can follow, it is refused with a sentence."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the value; ParseError for text that is no JSON, or nested too deep."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            message = "The JSON is nested too deep to be read. Nothing was saved."
            raise ParseError(message) from error
