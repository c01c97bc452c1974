"""Labels and predictions as tables write them: which value is which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evaluations.methods.cells import MISSING, NEGATIVE, POSITIVE
from evaluations.methods.inputs import BadInput
from registry.reading.values import canonical

_WORDS = {"prediction": "favourable", "label": "positive"}
_OPTIONS = {"prediction": "--favourable", "label": "--positive-label"}


def axis_of(
    column: str, role: str, values: Iterable[object], positive: str
) -> Mapping[object, int]:
    """Return raw value → position on a cell table's axis; BadInput unless two values are held."""
    raw = set(values)
    forms = {
        value: canonical(str(value)) for value in raw if value is not None and str(value).strip()
    }
    kinds = sorted(set(forms.values()))
    good = canonical(positive)
    _check_two(column, role, kinds, positive)
    return {
        value: MISSING if value not in forms else (POSITIVE if forms[value] == good else NEGATIVE)
        for value in raw
    }


def _check_two(column: str, role: str, kinds: list[str], positive: str) -> None:
    if not kinds:
        message = f"The {role} column {column!r} holds no values."
        raise BadInput(message)
    if len(kinds) > 2:
        shown = ", ".join(kinds[:5]) + (" …" if len(kinds) > 5 else "")
        message = (
            f"The {role} column {column!r} holds {len(kinds):,} different values ({shown}); "
            f"a {role} has two. Make two of them first."
        )
        raise BadInput(message)
    good = canonical(positive)
    alone = {good, *kinds} == {"0", "1"}
    if good not in kinds and not alone:
        shown = " and ".join(repr(kind) for kind in kinds)
        message = (
            f"The {role} column {column!r} holds {shown}, and {positive!r} was declared "
            f"{_WORDS[role]}. Name the {_WORDS[role]} value."
        )
        raise BadInput(message, option=f"{_OPTIONS[role]} VALUE")
