"""Whether a file that is filed as evidence holds anything, and is what its name says."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path, PurePath

_BLOCK = 64 * 1024
_PDF_HEADER_WITHIN = 1024
_ZIP = (b"PK\x03\x04",)
_OLE = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
_BEGINS: dict[str, tuple[bytes, ...]] = {
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp", "zip"), _ZIP),
    **dict.fromkeys(("doc", "xls", "ppt"), _OLE),
    **dict.fromkeys(("jpg", "jpeg"), (b"\xff\xd8\xff",)),
    **dict.fromkeys(("tif", "tiff"), (b"II*\x00", b"MM\x00*")),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "gif": (b"GIF87a", b"GIF89a"),
    "webp": (b"RIFF",),
    "bmp": (b"BM",),
    "rtf": (b"{\\rtf",),
    "gz": (b"\x1f\x8b",),
    "parquet": (b"PAR1",),
}
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def is_blank(path: Path) -> bool:
    """Return whether a reader would see nothing: no bytes, or only spaces and control signs."""
    with path.open("rb") as stream:
        first = stream.read(_BLOCK)
        name = "utf-16" if first.startswith(_UTF_16) else "utf-8"
        # What is no text shows as replacement signs, and so as content.
        decoder = codecs.getincrementaldecoder(name)(errors="replace")
        block = first
        while block:
            if any(_shows(sign) for sign in decoder.decode(block)):
                return False
            block = stream.read(_BLOCK)
    return not any(_shows(sign) for sign in decoder.decode(b"", final=True))


def _shows(sign: str) -> bool:
    return not sign.isspace() and not unicodedata.category(sign).startswith("C")


def misnamed(head: bytes, name: str) -> str:
    """Return the kind that the name claims and the first bytes deny, such as "PDF"; else ""."""
    ending = PurePath(name).suffix.removeprefix(".").lower()
    if ending == "pdf":
        agrees = b"%PDF-" in head[:_PDF_HEADER_WITHIN]
    else:
        agrees = ending not in _BEGINS or head.startswith(_BEGINS[ending])
    return "" if agrees else ending.upper()
