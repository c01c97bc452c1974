"""How a cell's value is read: one rule for the profile, the roles and every evaluation.

A value is its text without blanks at its ends; nothing but blanks is no value. Letters with marks
are composed (Unicode's form NFC): tables write the same é as one sign or as two. What a page shows,
what a person chooses and what an evaluation compares are therefore the same words. Labels and
predictions are told apart by `canonical`, so that 1, 1.0 and true are one value of an outcome.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What `str.strip` takes off the ends of a text, for SQL."""
_PLAIN = "[!-~]([ -~]*[!-~])?"
"""Text of ASCII without blanks at its ends stays as it is; to take off BLANKS costs 20 times this."""
LISTED = 10
"""So many values of a column a profile lists at most."""


def quoted(name: str) -> str:
    """Return a column's name as SQL takes it, whatever signs it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as SQL takes it."""
    return "'" + text.replace("'", "''") + "'"


def text_sql(expression: str) -> str:
    """Return SQL for a value as composed text, blanks off its ends; NULL for nothing, or NaN.

    expression: SQL of any type. In columns of floating-point numbers NaN and the infinities are
    no values; in columns of text they are words like others.
    """
    text = f"CAST({expression} AS VARCHAR)"
    return (
        f"CASE WHEN typeof({expression}) IN ('FLOAT', 'DOUBLE') "
        f"AND lower({text}) IN ('nan', 'inf', '-inf') THEN NULL "
        f"WHEN regexp_full_match({text}, {literal(_PLAIN)}) THEN {text} "
        f"ELSE nullif(trim(nfc_normalize({text}), {literal(BLANKS)}), '') END"
    )


def canonical(text: str) -> str:
    """Return one form for the ways in which tables write the same value of an outcome.

    Numbers lose signs and digits that carry nothing and truth values become numbers: 1, "1", 1.0,
    "01" and true are all "1". Other text stays as it is, composed and without blanks at its ends.
    """
    plain = unicodedata.normalize("NFC", text).strip()
    truth = {"true": "1", "false": "0"}.get(plain.casefold())
    if truth is not None:
        return truth
    try:
        number = float(plain)
    except ValueError:
        return plain
    if not math.isfinite(number):
        return plain
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def outcomes(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that an outcome tells apart, sorted, each as it is written first.

    values: as the table writes them, the most frequent first, so that its way of writing is shown.
    """
    written: dict[str, str] = {}
    for value in values:
        written.setdefault(canonical(value), value)
    return tuple(sorted(written.values()))


def same_outcome(value: str, values: Iterable[str]) -> bool:
    """Tell whether the value is one of those, as an evaluation compares them."""
    return canonical(value) in {canonical(each) for each in values}


def outcomes_of(column: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a column of a stored profile would be told apart by as an outcome.

    () where the profile lists no values, or not all of them: they are more than an outcome has.
    """
    top = column["top"]
    if len(top) >= LISTED and column["distinct"] > len(top):
        return ()
    return outcomes(entry["value"] for entry in top)
