"""What is asked of every group is not met while groups are left out; rows are those compared."""

from __future__ import annotations

from typing import Any

from evaluations.choices import Direction
from evaluations.models import Check, Run
from evaluations.services.verdicts import judge

DIFFERENCE = "mean_attribution_difference"


def record_of(kept: dict[str, int], small: dict[str, int], *, without: int = 0) -> dict[str, Any]:
    """Return an attribution of two features; the first group kept is the reference."""
    (reference, most), *others = kept.items()
    explained = sum(kept.values()) + sum(small.values()) + without
    metrics = [
        {
            "metric": "additivity_max_error",
            "group": None,
            "estimate": {"value": 1e-6, "n": explained, "interval": "exact"},
        }
    ]
    metrics += [
        {
            "metric": DIFFERENCE,
            "group": {"age": group, "feature": feature},
            "reference": {"age": reference, "feature": feature},
            "estimate": {
                "value": 0.1, "low": 0.0, "high": 0.2, "level": 0.95, "n": n + most,
                "interval": "welch",
            },
        }
        for group, n in others
        for feature in ("income", "debt")
    ]  # fmt: skip
    excluded = [
        {"group": {"age": group}, "n": n, "reason": "fewer than 30 rows"}
        for group, n in small.items()
    ]
    if without:
        excluded.append(
            {"group": {"age": "not recorded"}, "n": without, "reason": "the group is not recorded"}
        )
    return {"schema": "rai-result/1", "metrics": metrics, "excluded": excluded}


def verdict(record: dict[str, Any]) -> Any:
    check = Check(
        method="attribution.shap", metric=DIFFERENCE, by=["age"], direction=Direction.ESTIMABLE
    )
    (found,) = judge(Run(look=1), record, [check])
    return found


def test_most_groups_left_out_is_not_every_group_and_their_rows_are_not_counted() -> None:
    kept = {str(age): 40 for age in range(30, 36)}
    small = {str(age): 20 + age % 5 for age in range(36, 92)}
    found = verdict(record_of(kept, small))
    assert found.verdict == "not_estimable"
    assert found.n == 6 * 40
    explained = 240 + sum(small.values())
    assert found.sentence.startswith(
        "Mean attribution difference by age is not estimable in every group: 6 of 62 groups have "
        f"enough rows, 240 of the {explained:,} rows explained. Left out: 39: fewer than 30 rows; "
    )
    assert found.sentence.endswith("and 51 more.")


def test_all_recorded_groups_compared_is_a_pass_on_the_rows_compared() -> None:
    found = verdict(record_of({"old": 100, "young": 60}, {}, without=7))
    assert found.verdict == "pass"
    assert found.n == 160
    assert found.sentence == (
        "Mean attribution difference by age is reported for 2 features and 1 group against the "
        "reference group, 160 rows."
    )


def test_a_single_group_that_is_large_enough_compares_nothing() -> None:
    found = verdict(record_of({"old": 100}, {"young": 3}))
    assert found.verdict == "not_estimable"
    assert found.n == 0
    assert found.sentence == (
        "Mean attribution difference by age is not estimable in every group: fewer than two groups "
        "have enough rows. Left out: young: fewer than 30 rows."
    )
