"""The pages' font for the chart renderer: without it labels are measured too narrow, and cut off."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

SOURCES = ("inter-latin-wght-normal.woff2", "inter-latin-ext-wght-normal.woff2")


def _unpack(source: Path, target: Path) -> None:
    """Write the font as TrueType; complete or not at all, since workers may do it at once."""
    from fontTools.ttLib import TTFont

    font = TTFont(source)
    font.flavor = None
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            font.save(file)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


@cache
def register() -> bool:
    """Make Inter known to the chart renderer, once per process; False when it was not built yet.

    The renderer reads TrueType only, npm brings WOFF2: the font is unpacked into scratch.
    """
    import vl_convert

    built = Path(settings.BASE_DIR) / "static" / "dist"
    missing = [name for name in SOURCES if not (built / name).is_file()]
    if missing:
        log.warning("figures_without_font", missing=missing, remedy="Run the build in static/.")
        return False
    folder = Path(settings.SCRATCH_ROOT) / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        target = folder / f"{Path(name).stem}.ttf"
        if not target.is_file():
            _unpack(built / name, target)
    vl_convert.register_font_directory(str(folder))
    return True
