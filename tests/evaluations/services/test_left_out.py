"""Who is left out: of every comparison, or of some; told with readable names of metrics."""

from __future__ import annotations

import json

import pytest

from evaluations.methods.results import as_json
from evaluations.services.metrics import left_out
from tests.evaluations.methods.fairness.tables import cells, report_of

# In b 26 rows have a negative label, under the minimum of 30; c has three rows in all.
GROUPS = {"a": (50, 10, 10, 40), "b": (20, 6, 40, 40), "c": (1, 0, 1, 1)}


@pytest.fixture
def record() -> dict[str, object]:
    made: dict[str, object] = json.loads(json.dumps(as_json(report_of(cells(GROUPS)))))
    return made


def test_a_group_that_some_metrics_compare_is_not_said_to_be_left_out_of_all(
    record: dict[str, object],
) -> None:
    every = [item for item in left_out(record) if not item.of]
    some = [item for item in left_out(record) if item.of]
    assert [(dict(item.group), item.n, item.where) for item in every] == [
        ({"race": "c"}, 3, "every comparison")
    ]
    assert {item.group["race"] for item in some} == {"b"}
    negatives = next(item for item in some if "negative label" in item.reason)
    assert negatives.where.startswith("False positive rate, true negative rate")
    assert negatives.reason == "26 with a negative label; 30 are needed"


def test_a_result_that_holds_its_metrics_in_the_reason_reads_the_same(
    record: dict[str, object],
) -> None:
    older = json.loads(json.dumps(record))
    for item in older["excluded"]:
        if "metrics" in item:
            item["reason"] = f"{', '.join(item.pop('metrics'))}: {item['reason']}"
    assert left_out(older) == left_out(record)
