"""Pages of datasets: upload, profile, roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from registry.choices import ColumnRole
from registry.forms.binding import attempt
from registry.forms.data import DatasetUploadForm, RolesForm
from registry.models import Dataset, DatasetColumn, Release
from registry.people import portfolios_to_change, require_change_somewhere
from registry.permissions import may_change, require_change
from registry.reading.bins import bin_names
from registry.reading.values import outcomes_of
from registry.services.datasets import set_roles, upload_dataset
from registry.services.releases import attach_dataset
from registry.views.lists import chosen, in_order, number, page_of
from registry.views.progress import progress_answer, progress_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from rai_portal.web.requests import SignedInRequest

SORTS = {"name": "name", "rows": "rows", "uploaded": "created_at", "system": "system__name"}
STATES = (("queued", "Queued"), ("running", "Running"), ("succeeded", "Profiled"), ("failed", "Failed"))  # fmt: skip


def _shown(request: SignedInRequest) -> Any:
    rows = Dataset.objects.visible_to(request.user).select_related("system", "portfolio", "file")
    text, system = request.GET.get("q", "").strip()[:200], number(request, "system")
    state = chosen(request, "state", [value for value, _ in STATES])
    if text:
        rows = rows.filter(name__icontains=text)
    if system is not None:
        rows = rows.filter(system=system)
    if state:
        rows = rows.filter(state=state)
    return in_order(rows.defer("profile"), request, SORTS)


@require_GET
def dataset_list(request: SignedInRequest) -> HttpResponse:
    """List the datasets in sight."""
    may_add = portfolios_to_change(request.user).exists()
    context = {
        "title": "Datasets",
        "summary": "Rows to evaluate on. Bytes never change; a new table is a new dataset.",
        "page": page_of(_shown(request), request),
        "noun": "datasets",
        "new_url": reverse("dataset_new") if may_add else "",
        "new_label": "Upload a dataset",
        "states": STATES,
    }
    return render(request, "registry/dataset_list.html", context)


def release_asked(request: SignedInRequest) -> Release | None:
    """Return the release that the address names with `?release=`, 404 when it is out of sight."""
    pk = number(request, "release")
    if pk is None:
        return None
    rows = Release.objects.visible_to(request.user).select_related("system__portfolio")
    release = get_object_or_404(rows, pk=pk)
    require_change(request.user, release.portfolio_id)
    return release


def _take_in(request: SignedInRequest, form: DatasetUploadForm, release: Release | None) -> Dataset:
    data = form.cleaned_data
    file = data["file"]
    dataset = upload_dataset(
        actor=request.user,
        portfolio=release.system.portfolio if release else data["portfolio"],
        system=release.system if release else data["system"],
        name=data["name"] or file.name.rsplit(".", 1)[0][:150] or file.name,
        description=data["description"],
        chunks=file.chunks(),
        original_name=file.name,
    )
    if release is not None:
        attach_dataset(actor=request.user, release=release, dataset=dataset, use=data["use"])
    return dataset


@require_http_methods(["GET", "POST"])
def dataset_new(request: SignedInRequest) -> HttpResponse:
    """Upload a table; `?release=` attaches it."""
    release = release_asked(request)
    if release is None:
        require_change_somewhere(request.user, "datasets", "upload")
    form = DatasetUploadForm(
        request.POST or None, request.FILES or None, user=request.user,
        for_release=release is not None,
    )  # fmt: skip
    if form.is_valid():
        dataset = attempt(form, lambda: _take_in(request, form, release))
        if dataset is not None:
            messages.success(request, f"{dataset.name} is kept. A worker profiles it now.")
            return redirect(_page(dataset, release))
    back = reverse("release_detail", args=[release.pk]) if release else reverse("dataset_list")
    context = {
        "form": form,
        "title": f"Data for {release}" if release else "Upload a dataset",
        "lead": "The file is checked line by line before it is kept; nothing in it is run.",
        "submit": "Upload",
        "cancel_url": back,
        "draft": False,
    }
    return render(request, "components/form_page.html", context)


def _page(dataset: Dataset, release: Release | None) -> str:
    url = reverse("dataset_detail", args=[dataset.pk])
    return f"{url}?release={release.pk}" if release is not None else url


def _dataset(request: SignedInRequest, pk: int) -> Dataset:
    rows = Dataset.objects.visible_to(request.user).select_related("system", "portfolio", "file")
    return get_object_or_404(rows.prefetch_related("columns"), pk=pk)


def _columns(dataset: Dataset) -> list[dict[str, Any]]:
    """Return each column with its profile and figure, for the page."""
    profiles = dataset.column_profiles()
    figures = {figure["column"]: figure for figure in (dataset.profile or {}).get("figures", ())}
    return [
        {
            "column": column,
            "profile": profiles.get(column.name),
            "figure": figures.get(column.name),
            "bins": _bins(column, profiles.get(column.name)),
        }
        for column in dataset.columns.all()
    ]


def _bins(column: DatasetColumn, profile: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the names of the groups that declared edges make of a column of numbers."""
    whole = profile is not None and profile["whole_numbers"]
    return bin_names(column.edges, whole=whole) if column.edges else ()


def _said(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Sentences about columns that will stand in the way of checks."""
    sentences = []
    for row in rows:
        column, profile = row["column"], row["profile"]
        if profile is None or column.role in (ColumnRole.IGNORED, ColumnRole.ID):
            continue
        if profile["distinct"] == 0:
            sentences.append(f"{column.name} holds no values: nothing can be measured by it.")
        elif profile["distinct"] == 1 and column.role == ColumnRole.SENSITIVE:
            sentences.append(f"{column.name} holds one group only: there is none to compare with.")
        elif column.role in (ColumnRole.LABEL, ColumnRole.PREDICTION):
            number = len(outcomes_of(profile)) or profile["distinct"]
            if number > 2:
                sentences.append(f"{column.name} has {number:,} values; checks of rates need two.")
    return sentences


def _context(request: SignedInRequest, dataset: Dataset, form: RolesForm | None) -> dict[str, Any]:
    columns = _columns(dataset)
    may = may_change(request.user, dataset.portfolio_id)
    releases = Release.objects.visible_to(request.user).filter(release_datasets__dataset=dataset)
    # While a worker reads the file, the page renews itself: nobody should type into it.
    if form is None and may and dataset.ended:
        form = RolesForm(dataset=dataset)
    return {
        "dataset": dataset,
        "columns": columns,
        "said": _said(columns),
        "form": form,
        "may_change": may,
        "progress": progress_of(dataset, "Profile", reverse("dataset_progress", args=[dataset.pk])),
        "releases": list(releases.select_related("system").distinct().order_by("-pk")[:20]),
        "used": dataset.runs.filter(counts=True).count() if hasattr(dataset, "runs") else 0,
        "look": dataset.leak_checks.first(),
        "roles_set": any(c["column"].role != ColumnRole.IGNORED for c in columns),
        "release": number(request, "release"),
    }


@require_GET
def dataset_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a dataset: progress, then types, missing, ranges, distributions, roles."""
    dataset = _dataset(request, pk)
    return render(request, "registry/dataset_detail.html", _context(request, dataset, None))


@require_GET
def dataset_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer with the progress part; the whole page renews itself when the work has ended."""
    rows = Dataset.objects.visible_to(request.user).defer("profile")
    dataset = get_object_or_404(rows, pk=pk)
    return progress_answer(request, dataset, progress_of(dataset, "Profile", request.path))


@require_POST
def dataset_roles(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say what the columns are for."""
    dataset = _dataset(request, pk)
    require_change(request.user, dataset.portfolio_id)
    form = RolesForm(request.POST, dataset=dataset)
    if form.is_valid() and _save_roles(request, dataset, form):
        messages.success(request, f"The roles of {dataset.name} are saved.")
        release = number(request, "release")
        return redirect("release_detail", release) if release else redirect("dataset_detail", pk)
    return render(request, "registry/dataset_detail.html", _context(request, dataset, form))


def _save_roles(request: SignedInRequest, dataset: Dataset, form: RolesForm) -> bool:
    data = form.cleaned_data
    saved = attempt(
        form,
        lambda: set_roles(
            actor=request.user,
            dataset=dataset,
            roles=form.roles(),
            favourable=data["favourable"],
            positive_label=data["positive_label"],
            outcome_word=data["outcome_word"],
        ),
    )
    return saved is not None
