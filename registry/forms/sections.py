"""Forms whose fields stand in titled sections."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms


class SectionedForm(forms.Form):
    """A form that names its sections: each a title and the fields under it."""

    SECTIONS: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]]

    def sections(self) -> list[dict[str, Any]]:
        """Return (title, bound fields) of each section, for the page."""
        return [
            {"title": title, "fields": [self[name] for name in names if name in self.fields]}
            for title, names in self.SECTIONS
        ]
