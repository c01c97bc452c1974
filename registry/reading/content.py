"""Tells what a file is by its first bytes; its name is not asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_BYTES = 4096
UNKNOWN = "of a kind this portal does not know"

_TEXT_PICKLE = re.compile(rb"\A(\(?[ci][\w.]+\n[\w.<>]+\n|\(?[dl]p?\d+\n|\(lp?\d*\n|ccopy_reg\n)")
_SHAPES: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"\A\x08[\x01-\x20]\x12"), "onnx", "an ONNX model"),
    (re.compile(rb"\A\{(\$.#|#)?[iUIlL]"), "ubj", "a UBJSON file"),
    (re.compile(rb"\A(\xef\xbb\xbf)?\s*\{\s*[\"}]"), "json", "a JSON file"),
)

_BY_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras)"),
    (b"PK\x03\x04", "a zip archive (torch, Keras, skops, NumPy or a spreadsheet)"),
    (b"\x1f\x8b", "a gzip-compressed file"),
    (b"BZh", "a bzip2-compressed file"),
    (b"\xfd7zXZ\x00", "an xz-compressed file"),
    (b"\x04\x22\x4d\x18", "an LZ4-compressed file"),
    (b"ZF", "a joblib file"),
    (b"PAR1", "a Parquet table"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"binf", "an XGBoost model in the old binary form"),
    (b"bs64", "an XGBoost model in the old binary form"),
    (b"tree\n", "a LightGBM text model"),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


@dataclass(frozen=True, slots=True)
class Content:
    """kind: "json", "ubj", "pickle", "onnx", "empty", "other"; name: words for a person."""

    kind: str
    name: str


def tell(head: bytes) -> Content:
    """Name the kind of a file from its first bytes (HEAD_BYTES are enough)."""
    if not head:
        return Content("empty", "an empty file")
    if _is_pickle(head):
        return Content("pickle", "a Python pickle")
    if head.startswith(_ZLIB):
        return Content("pickle", "a compressed joblib pickle")
    for magic, name in _BY_MAGIC:
        if head.startswith(magic):
            return Content("other", name)
    return _by_shape(head)


def _by_shape(head: bytes) -> Content:
    for pattern, kind, name in _SHAPES:
        if pattern.match(head):
            return Content(kind, name)
    return Content("other", UNKNOWN)


def _is_pickle(head: bytes) -> bool:
    """Binary pickles name their protocol first; protocols 0 and 1 are told by their opcodes."""
    if len(head) > 1 and head[0] == 0x80 and head[1] <= 5:
        return True
    return bool(_TEXT_PICKLE.match(head))
