"""Suggests what each column of a table is for; a person confirms or changes it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from registry.reading.profile import ColumnProfile, DatasetProfile

ROLES = ("label", "prediction", "score", "feature", "sensitive", "id", "ignored")

_LABEL = (
    r"label|target|outcome|y|y_true|actual|ground_?truth|approved?|default(ed)?|hired|readmitted"
)
_PREDICTION = r"pred(icted|iction)?|y_?pred|yhat|y_hat|decision|model_decision|predicted_.*|.*_pred"
_SCORE = r"score|prob(ability)?|proba|p_hat|risk_?score|.*_(score|prob|proba|probability)"
_ID = r"id|uuid|guid|index|row|row_?(id|number)|.*_id|.*_?uuid|case(_?no|_?number)?|unnamed.*"
_SENSITIVE = (
    r"race|ethnic(ity)?|hispanic|sex|gender|age|age_?(group|band|years)|dob|birth_?(date|year)|"
    r"date_of_birth|religion|nationality|citizenship|disab(led|ility).*|married|marital(_status)?|"
    r"black|white|asian|hispanic|latino|male|female|is_male|is_female|orientation|sexual_orientation|veteran|pregnan(t|cy)|language|native_country|caste"
)
_FEW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSuggestion:
    """A role for a column and why; role is one of ROLES."""

    column: str
    role: str
    reason: str


def suggest_roles(profile: DatasetProfile) -> tuple[RoleSuggestion, ...]:
    """Suggest a role for each column, in order. At most one label, prediction and score."""
    taken: set[str] = set()
    suggestions = []
    for column in profile.columns:
        suggestion = _suggest(column, profile.rows, taken)
        taken.add(suggestion.role)
        suggestions.append(suggestion)
    return tuple(suggestions)


def _named(column: ColumnProfile, pattern: str) -> bool:
    return re.fullmatch(pattern, column.name.strip().casefold().replace(" ", "_")) is not None


def _suggest(column: ColumnProfile, rows: int, taken: set[str]) -> RoleSuggestion:
    role, reason = _by_name(column, taken) or _by_content(column, rows)
    return RoleSuggestion(column=column.name, role=role, reason=reason)


def _by_name(column: ColumnProfile, taken: set[str]) -> tuple[str, str] | None:
    """A name counts only where the values agree with it: a label has two values."""
    two = column.distinct == _FEW
    candidates = (
        ("sensitive", _named(column, _SENSITIVE), "its name is that of a protected attribute"),
        (
            "id",
            _named(column, _ID) and column.kind != "boolean",
            "its name is that of an identifier",
        ),
        ("prediction", two and _named(column, _PREDICTION), "its name, and it has two values"),
        ("score", _is_score(column), "its name, and its values lie between 0 and 1"),
        ("label", two and _named(column, _LABEL), "its name, and it has two values"),
    )
    for role, fits, reason in candidates:
        if fits and (role in ("sensitive", "id") or role not in taken):
            return role, reason
    return None


def _is_score(column: ColumnProfile) -> bool:
    if not column.numbers or not _named(column, _SCORE):
        return False
    return column.numbers[0].minimum >= 0 and column.numbers[0].maximum <= 1


def _by_content(column: ColumnProfile, rows: int) -> tuple[str, str]:
    if column.missing == rows:
        return "ignored", "it holds no values"
    if column.distinct == 1 and column.missing == 0:
        return "ignored", "it holds the same value in each row"
    if column.distinct == rows and rows > _FEW and _counts_up(column):
        return "id", "each row has a value of its own"
    if column.kind == "text" and not column.top:
        return "ignored", "its text differs from row to row"
    return "feature", "nothing speaks against it"


def _counts_up(column: ColumnProfile) -> bool:
    """Unique whole numbers or texts are identifiers; unique measurements are not."""
    return column.kind == "text" or (
        column.whole_numbers
        and column.numbers[0].maximum - column.numbers[0].minimum == column.distinct - 1
    )
