"""Pages of runs: the list, one run, its progress, two runs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from evaluations.choices import VerdictWord
from evaluations.methods import catalogue
from evaluations.models import Run
from evaluations.permissions import may_start
from evaluations.queries import run_page
from evaluations.queries.run_beside import beside
from evaluations.queries.run_facts import provenance
from evaluations.queries.run_figures import figure_cards
from evaluations.queries.run_index import index_of
from evaluations.queries.run_lists import RunFilter, runs_shown, verdict_counts
from evaluations.services.evidence import compare, earlier_runs, is_stale
from evaluations.services.limits import limit_moved
from evaluations.services.looks import look_facts
from evaluations.services.reports import latest_report
from evaluations.services.runs import repetition_of
from rai_portal.work.choices import WorkState
from registry.models import AISystem
from registry.permissions import may_change
from registry.views.lists import chosen, in_order, number, page_of
from registry.views.progress import progress_answer, progress_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from rai_portal.web.requests import SignedInRequest

SORTS = {"run": "pk", "method": "method", "started": "queued_at", "look": "look"}
COUNTS = (("yes", "Counts"), ("no", "Does not count"))


def run_in_sight(request: SignedInRequest, pk: int, *, light: bool = False) -> Run:
    """Return the run with what its page names, or 404. light: without its result."""
    rows = Run.objects.visible_to(request.user).select_related(
        "portfolio", "release__system__portfolio", "release__system__owner", "dataset__file",
        "model__file", "plan__locked_by", "started_by", "narrative_confirmed_by", "repeat_of",
        "quick_audit__system",
    ).defer("dataset__profile", "repeat_of__result")  # fmt: skip
    return get_object_or_404(rows.defer("result") if light else rows, pk=pk)


def system_of(run: Run) -> AISystem | None:
    """Return the system a run is about: its release's, or the one its audit is attached to."""
    if run.release is not None:
        return run.release.system
    audit = getattr(run, "quick_audit", None)
    return audit.system if audit is not None else None


def _wanted(request: SignedInRequest) -> RunFilter:
    return RunFilter(
        text=request.GET.get("q", "").strip()[:200],
        system=number(request, "system"),
        release=number(request, "release"),
        method=chosen(request, "method", [spec.key for spec in catalogue.all_methods()]),
        state=chosen(request, "state", WorkState.values),
        verdict=chosen(request, "verdict", VerdictWord.values),
        counts=chosen(request, "counts", [value for value, _ in COUNTS]),
    )


@require_GET
def run_list(request: SignedInRequest) -> HttpResponse:
    """List the runs in sight; filters stand in the address."""
    wanted = _wanted(request)
    page = page_of(in_order(runs_shown(request.user, wanted), request, SORTS), request)
    systems = AISystem.objects.visible_to(request.user)
    context = {
        "page": page,
        "rows": [(run, verdict_counts(run)) for run in page.object_list],
        "systems": list(systems.values_list("pk", "name")[:200]),
        "methods": [(spec.key, spec.title) for spec in catalogue.all_methods()],
        "states": WorkState.choices,
        "verdicts": VerdictWord.choices,
        "counts": COUNTS,
        "filtered": wanted != RunFilter(),
    }
    return render(request, "evaluations/run_list.html", context)


def progress_part(run: Run, *, may: bool) -> dict[str, Any]:
    """Return the context of the progress component for a run."""
    part = progress_of(run, f"Run {run.pk}", reverse("run_progress", args=[run.pk]))
    part["cancel_url"] = reverse("run_cancel", args=[run.pk]) if may else ""
    if run.cancel_requested and not run.ended:
        part["note"] = "Somebody asked it to stop; the worker ends it within seconds."
        part["cancel_url"] = ""
    return part


@require_GET
def run_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer with the progress part; the page renews itself when the run has ended."""
    run = get_object_or_404(Run.objects.visible_to(request.user).defer("result"), pk=pk)
    part = progress_part(run, may=may_start(request.user, run.portfolio_id))
    return progress_answer(request, run, part)


@require_GET
def run_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a run: the answer first while it succeeded, else where it stands or why it ended."""
    run = run_in_sight(request, pk)
    system = system_of(run)
    context: dict[str, Any] = {
        "run": run,
        "system": system,
        "may_start": may_start(request.user, run.portfolio_id),
        "may_change": may_change(request.user, run.portfolio_id),
        "look": look_facts(run),
        "progress": progress_part(run, may=may_start(request.user, run.portfolio_id)),
    }
    if run.state == WorkState.SUCCEEDED:
        context |= _result_context(request, run)
        context["index"] = index_of(context)
    return render(request, "evaluations/run_detail.html", context)


def _result_context(request: SignedInRequest, run: Run) -> dict[str, Any]:
    rows = run_page.verdict_rows(run)
    figures = figure_cards(run)
    return {
        "rows": rows,
        "answer": run_page.answer(run, rows),
        "figures": figures,
        "folded": [card for card in figures if not card.first],
        "tables": run_page.loose_tables(run),
        "result_tables": (run.result or {}).get("tables", ()),
        "excluded": run_page.excluded(run),
        "metrics": run_page.metric_rows(run),
        "diagnostics": (run.result or {}).get("diagnostics", ()),
        "narrative": (run.result or {}).get("narrative", {}),
        "facts": provenance(run),
        "beside": beside(run, rows, earlier_runs(run, request.user)),
        "stale": is_stale(run) if run.counts else False,
        "moved": [row for row in rows if limit_moved(row.verdict.check_row)],
        "repetition": repetition_of(run),
        "findings": list(run.findings.select_related("owner")),
        "risk_links": list(run.risk_runs.select_related("risk__system")),
        "mitigation_links": list(run.mitigation_runs.select_related("mitigation__risk")),
        "report": latest_report(run),
    }


@require_GET
def run_compare(request: SignedInRequest, pk: int, other: int) -> HttpResponse:
    """Show two runs side by side: before and after."""
    after, before = run_in_sight(request, pk), run_in_sight(request, other)
    if before.pk > after.pk:
        before, after = after, before
    comparison = compare(after, before)
    keys = {row.verdict.check_row.metric for row in run_page.verdict_rows(after)}
    context = {
        "after": after,
        "before": before,
        "comparison": comparison,
        "moved": [row for row in comparison.rows if row.key in keys],
        "sides": [_side(before, "Before", "before"), _side(after, "After", "after")],
    }
    return render(request, "evaluations/run_compare.html", context)


def _side(run: Run, word: str, prefix: str) -> tuple[Any, ...]:
    """Return one side; its checks in the plan's order, so that the same ones stand abreast."""
    tables = (run.result or {}).get("tables", ())
    rows = sorted(run_page.verdict_rows(run), key=lambda row: row.verdict.check_row.position)
    return (
        run, rows, figure_cards(run)[:2], tables, word, prefix,
    )  # fmt: skip
