"""What a filed file must hold, and that it is what its name says."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.reading.evidence import is_blank, misnamed


@pytest.mark.parametrize(
    "content",
    [
        b"", b" ", b"\n\t \r\n", b"\x00" * 200_000, b"\xef\xbb\xbf  \n", "\u00a0\u2003\u200b".encode(),
        b"\xff\xfe \x00\n\x00", b" " * 200_000, "\u3000".encode() * 100_000,
    ],
)  # fmt: skip
def test_what_shows_nothing_is_blank(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert is_blank(path)


@pytest.mark.parametrize(
    "content",
    [
        b"a", b" " * 200_000 + b".", "\u3000é".encode(), b"\xff\xfeA\x00", b"\x89PNG\r\n",
        b"\x00\x00\xff", "\u00e9".encode("latin-1"),
        b" " * 65_535 + "é".encode(),  # A sign that lies across two blocks.
        b"  \xc3",  # Cut off within a sign: something was there.
    ],
)  # fmt: skip
def test_one_sign_is_content(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert not is_blank(path)


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.pdf", b"%PDF-1.7", ""),
        ("a.pdf", b"\n" * 100 + b"%PDF-1.4", ""),
        ("a.PDF", b"Hello", "PDF"),
        ("a.pdf", b"\n" * 1024 + b"%PDF-1.4", "PDF"),
        ("a.docx", b"PK\x03\x04...", ""),
        ("a.docx", b"%PDF-1.7", "DOCX"),
        ("a.png", b"\x89PNG\r\n\x1a\n", ""),
        ("a.png", b"\xff\xd8\xff", "PNG"),
        ("a.jpeg", b"\xff\xd8\xff\xe0", ""),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ""),
        ("a.xls", b"a,b\n1,2\n", "XLS"),
        ("a.pdf.txt", b"Hello", ""),
        ("notes", b"Hello", ""),
        ("a.csv", b"a,b\n", ""),
    ],
)
def test_the_first_bytes_agree_with_the_name(name: str, head: bytes, kind: str) -> None:
    assert misnamed(head, name) == kind
