"""A measured Tier 1 release, and a Tier 4 one with nothing measured, to make documents of."""

from __future__ import annotations

from typing import Any

from assessments.models import Document
from assessments.services.documents import request_document
from assessments.services.recommendations import recommend
from evaluations.models import Run, RunVerdict
from rai_portal.work import engine
from registry.models import Release
from tests.assessments.world import TIER_1, TIER_4, planned, tiered
from tests.factories import People, attach, make_dataset, make_risk

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="60" viewBox="0 0 400 60">'
    '<rect x="10" y="20" width="160" height="20" fill="#1c4f96"/>'
    '<text x="180" y="35" font-family="Inter" font-size="14">0.80</text></svg>'
)
ALTERNATIVE = "Approval by race: A 0.80 (0.74 to 0.85) of 200, B 0.50 (0.40 to 0.60) of 100."
# Wilson intervals at 95 %: 160 of 200 is (0.739, 0.850), 50 of 100 is (0.404, 0.596); the gap by
# Newcombe's method 10 is (0.187, 0.411).
RESULT: dict[str, Any] = {
    "schema": "rai-result/1",
    "headline": "Group B is approved 0.30 less often than group A (0.19 to 0.41, 300 rows).",
    "metrics": [
        {
            "metric": "selection_rate", "group": {"race": "A"},
            "estimate": {"value": 0.8, "low": 0.739, "high": 0.85, "level": 0.95, "n": 200},
        },
        {
            "metric": "selection_rate", "group": {"race": "B"},
            "estimate": {"value": 0.5, "low": 0.404, "high": 0.596, "level": 0.95, "n": 100},
        },
        {
            "metric": "selection_rate", "group": {"race": "C"},
            "not_estimable": {"reason": "4 rows; 30 are needed", "n": 4},
        },
    ],
    "excluded": [{"group": {"race": "C"}, "n": 4, "reason": "fewer than 30 rows"}],
    "tables": [],
    "figures": [
        {
            "key": "rates", "title": "A: 0.80 approved. B: 0.50.", "specification": {},
            "text_alternative": ALTERNATIVE, "table": "rates", "svg": SVG,
        }
    ],
    "diagnostics": [],
    "narrative": {
        "principle": "Like chances for like applicants.", "technique": "Wilson and Newcombe.",
        "limitation": "Labels are past decisions.", "decision": "Serves the launch.",
    },
}  # fmt: skip


def measured(release: Release, people: People) -> Run:
    """Tier 1, a locked plan, and a run on which the gap fails: 0.30 against at most 0.10."""
    dataset = make_dataset(
        portfolio=people.portfolio, by=people.analyst, system=release.system, name="Decisions 1990"
    )
    attach(release, dataset)
    tiered(release, people.analyst, TIER_1)
    check = planned(release, dataset, people.analyst)
    run = Run.objects.create(
        portfolio=people.portfolio, release=release, plan=check.plan, title="Group rates by race",
        method="fairness.group_rates", method_version="1.0.0", dataset=dataset, seed=7,
        counts=True, scope_digest=release.scope_digest(), started_by=people.analyst,
        state="succeeded", ended_at=check.plan.locked_at, result=RESULT, result_digest="a" * 64,
        headline=RESULT["headline"],
    )  # fmt: skip
    run.checks.add(check)
    RunVerdict.objects.create(
        run=run, check_row=check, verdict="fail", direction="at_most", threshold=0.10, value=0.3,
        low=0.187, high=0.411, simultaneous_low=0.187, simultaneous_high=0.411, n=300,
        pair="A − B", sentence=RESULT["headline"],
    )  # fmt: skip
    make_risk(
        release.system, by=people.analyst, current_likelihood=4, current_severity=5,
        rated_by=people.analyst, rated_at=run.ended_at, rating_rationale="Read in the results.",
    )  # fmt: skip
    return run


def recommended(release: Release, people: People) -> None:
    """A no-go, asked of the board."""
    recommend(
        actor=people.analyst,
        release=release,
        recommendation="no_go",
        rationale="Group B is approved 0.30 less often than group A; the limit is 0.10.",
    )


def low_tier(release: Release, people: People) -> None:
    """Tier 4: no data, no model, no run."""
    tiered(release, people.analyst, TIER_4)


def made(people: People, release: Release, kind: str, run_work: Any) -> Document:
    """The document as the worker left it."""
    with run_work():
        document = request_document(actor=people.analyst, release=release, kind=kind)
    document.refresh_from_db()
    if document.state == "queued":  # a recommendation had asked for it before any worker was there
        with run_work():
            engine.submit(document)
        document.refresh_from_db()
    assert document.state == "succeeded", document.message
    return document
