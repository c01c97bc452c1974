"""Pages of releases: made, cloned, changed; the scope page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from registry.choices import DatasetUse
from registry.forms.binding import attempt
from registry.forms.releases import (
    AttachDatasetForm,
    ReleaseForm,
    SetModelForm,
    SettingsFormSet,
    settings_rows,
)
from registry.models import AISystem, Dataset, Release, ReleaseDataset
from registry.permissions import may_change, require_change
from registry.services.artefacts import features_sentence, sensitive_features
from registry.services.releases import (
    attach_dataset,
    create_release,
    detach_dataset,
    set_model,
    update_release,
)
from registry.services.scope import difference
from registry.views.lists import page_of
from registry.wording import listed

if TYPE_CHECKING:
    from django.http import HttpResponse

    from rai_portal.web.requests import SignedInRequest

STALE = (
    "Version, settings, data, model and the use of sensitive attributes belong to the scope. "
    "Change them and the scope digest changes: runs of the old scope and approvals of it become "
    "stale."
)


def release_in_sight(request: SignedInRequest, pk: int) -> Release:
    """Return the release with its system, or 404."""
    rows = Release.objects.visible_to(request.user).select_related(
        "system__portfolio", "system__owner", "model__file", "cloned_from"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def release_list(request: SignedInRequest, pk: int) -> HttpResponse:
    """List the releases of a system, newest first."""
    rows = AISystem.objects.visible_to(request.user).select_related("portfolio", "owner")
    system = get_object_or_404(rows, pk=pk)
    releases = system.releases.select_related("system__portfolio", "model", "cloned_from")
    context = {
        "system": system,
        "page": page_of(releases, request),
        "may_change": may_change(request.user, system.portfolio_id),
    }
    return render(request, "registry/release_list.html", context)


@require_http_methods(["GET", "POST"])
def release_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make the first release, or the next one from the last."""
    system = get_object_or_404(AISystem.objects.visible_to(request.user), pk=pk)
    require_change(request.user, system.portfolio_id)
    form = ReleaseForm(request.POST or None, system=system)
    if form.is_valid():
        data = form.cleaned_data
        release = attempt(
            form,
            lambda: create_release(
                actor=request.user,
                system=system,
                version=data["version"],
                change_summary=data["change_summary"],
                planned_launch=data["planned_launch"],
                clone_from=data.get("clone_from"),
                uses_sensitive_at_decision=data["uses_sensitive_at_decision"],
            ),
        )
        if release is not None:
            messages.success(request, f"Release {release.version} is made. Next: its data.")
            return redirect("release_detail", release.pk)
    first = not system.releases.exists()
    context = {
        "form": form,
        "title": f"{'First' if first else 'New'} release of {system.name}",
        "lead": "One version of the system: model, data, settings. It gets a scope digest, and "
        "all evidence and every decision is bound to that digest.",
        "submit": "Make the release",
        "cancel_url": reverse("system_detail", args=[pk]),
        "crumbs": [{"label": system.name, "url": reverse("system_detail", args=[pk])}],
    }
    return render(request, "components/form_page.html", context)


@require_http_methods(["GET", "POST"])
def release_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what is said of a release, and its settings."""
    release = release_in_sight(request, pk)
    require_change(request.user, release.portfolio_id)
    form = ReleaseForm(request.POST or None, system=release.system, release=release)
    rows: Any = SettingsFormSet(
        request.POST or None, initial=settings_rows(release), prefix="settings"
    )
    if form.is_valid() and rows.is_valid():
        changed = attempt(
            form,
            lambda: update_release(
                actor=request.user, release=release, facts=form.facts(rows.settings())
            ),
        )
        if changed is not None:
            messages.success(request, f"Release {changed.version} is saved.")
            return redirect("release_detail", pk)
    context = {
        "form": form,
        "rows": rows,
        "title": f"Edit {release}",
        "lead": STALE,
        "submit": "Save",
        "cancel_url": reverse("release_detail", args=[pk]),
        "crumbs": [{"label": str(release), "url": reverse("release_detail", args=[pk])}],
    }
    return render(request, "registry/release_edit.html", context)


def _uses(release: Release) -> list[ReleaseDataset]:
    rows = release.release_datasets.select_related("dataset__file")
    return list(rows.prefetch_related("dataset__columns").order_by("use", "pk"))


def _feature_faults(release: Release, uses: list[ReleaseDataset]) -> list[str]:
    if release.model is None:
        return []
    sentences = [
        features_sentence(release.model, item.dataset)
        for item in uses
        if item.use == DatasetUse.EVALUATION
    ]
    return [sentence for sentence in sentences if sentence]


def _unsaid(release: Release, given: tuple[str, ...]) -> list[str]:
    """Say where a model is given what its release says is not used."""
    if not given or release.uses_sensitive_at_decision:
        return []
    named = listed(given)
    return [
        f"{release.model} is given {named} when it decides, and the data declares {named} "
        "sensitive. The release says that no sensitive attribute is used: edit it to say so, or "
        "train a model without it."
    ]


def _steps(release: Release, uses: list[ReleaseDataset]) -> list[dict[str, str]]:
    """What the scope still lacks, in order; the first is what comes next."""
    evaluation = [item.dataset for item in uses if item.use == DatasetUse.EVALUATION]
    steps = []
    if not evaluation:
        url = f"{reverse('dataset_new')}?release={release.pk}"
        steps.append({"text": "Upload the rows to evaluate on", "url": url})
    for dataset in evaluation:
        if all(column.role == "ignored" for column in dataset.columns.all()):
            text = f"Say what the columns of {dataset.name} are for"
            url = f"{reverse('dataset_detail', args=[dataset.pk])}?release={release.pk}"
            steps.append({"text": text, "url": url})
    return steps


@require_GET
def release_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the scope of a release: digest, data, model, settings, and what changed."""
    release = release_in_sight(request, pk)
    uses = _uses(release)
    before, given = release.cloned_from, sensitive_features(release)
    context: dict[str, Any] = {
        "release": release,
        "digest": release.scope_digest(),
        "uses": uses,
        "settings": settings_rows(release),
        "faults": [*_unsaid(release, given), *_feature_faults(release, uses)],
        "given": given,
        "passed": release.planned_launch is not None and release.planned_launch < localdate(),
        "difference": difference(before, release) if before is not None else None,
        "steps": _steps(release, uses),
        "may_change": may_change(request.user, release.portfolio_id),
    }
    if context["may_change"]:
        datasets = Dataset.objects.visible_to(request.user)
        here = datasets.filter(portfolio_id=release.portfolio_id)
        context["attach_form"] = AttachDatasetForm(datasets=here, prefix="attach")
        context["model_form"] = SetModelForm(release=release, prefix="model")
    return render(request, "registry/release_detail.html", context)


@require_POST
def release_dataset_attach(request: SignedInRequest, pk: int) -> HttpResponse:
    """Attach a dataset that is there already."""
    release = release_in_sight(request, pk)
    datasets = Dataset.objects.visible_to(request.user)
    form = AttachDatasetForm(request.POST, datasets=datasets, prefix="attach")
    if not form.is_valid():
        messages.error(request, "Choose a dataset and what it is used for. Nothing was attached.")
        return redirect("release_detail", pk)
    data = form.cleaned_data
    attach_dataset(actor=request.user, release=release, dataset=data["dataset"], use=data["use"])
    messages.success(request, f"{data['dataset'].name} is attached.")
    return redirect("release_detail", pk)


@require_POST
def release_dataset_detach(request: SignedInRequest, pk: int, item: int) -> HttpResponse:
    """Detach a dataset; it is kept."""
    rows = ReleaseDataset.objects.visible_to(request.user).filter(release=pk)
    use = get_object_or_404(rows.select_related("release__system", "dataset"), pk=item)
    detach_dataset(actor=request.user, item=use)
    messages.success(request, f"{use.dataset.name} is detached. It is kept in the registry.")
    return redirect("release_detail", pk)


@require_POST
def release_model(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say which model the release is."""
    release = release_in_sight(request, pk)
    require_change(request.user, release.portfolio_id)
    form = SetModelForm(request.POST, release=release, prefix="model")
    if not form.is_valid():
        messages.error(request, "Choose one of the system's models. Nothing was changed.")
        return redirect("release_detail", pk)
    model = form.cleaned_data["model"]
    set_model(actor=request.user, release=release, model=model)
    said = f"The release is {model.name} now." if model else "The release names no model now."
    messages.success(request, said)
    return redirect("release_detail", pk)
