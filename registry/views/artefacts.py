"""Pages of models that were uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from rai_portal.errors import Refused
from registry.choices import DatasetUse
from registry.forms.binding import attempt
from registry.forms.data import ModelUploadForm
from registry.models import AISystem, ModelArtefact, Release
from registry.permissions import require_change
from registry.services.artefacts import features_sentence, upload_model
from registry.services.releases import set_model
from registry.views.datasets import release_asked
from registry.views.lists import number
from registry.views.progress import progress_answer, progress_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from rai_portal.web.requests import SignedInRequest


def _home(request: SignedInRequest, release: Release | None) -> AISystem:
    """Return the system a model is uploaded for: that of the release, or `?system=`."""
    if release is not None:
        return release.system
    pk = number(request, "system")
    if pk is None:
        message = (
            "A model belongs to a system. Nothing was kept. Open the system or the release, and "
            "upload it there."
        )
        raise Refused(message)
    rows = AISystem.objects.visible_to(request.user).select_related("portfolio")
    return get_object_or_404(rows, pk=pk)


def _take_in(
    request: SignedInRequest, form: ModelUploadForm, system: AISystem, release: Release | None
) -> ModelArtefact:
    file = form.cleaned_data["file"]
    model = upload_model(
        actor=request.user,
        system=system,
        name=form.cleaned_data["name"] or file.name[:150],
        chunks=file.chunks(),
        original_name=file.name,
    )
    if release is not None:
        set_model(actor=request.user, release=release, model=model)
    return model


@require_http_methods(["GET", "POST"])
def model_new(request: SignedInRequest) -> HttpResponse:
    """Upload a model; `?release=` makes it the release's."""
    release = release_asked(request)
    system = _home(request, release)
    require_change(request.user, system.portfolio_id)
    form = ModelUploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        model = attempt(form, lambda: _take_in(request, form, system, release))
        if model is not None:
            messages.success(request, f"{model.name} is kept. A worker reads its signature now.")
            return redirect("model_detail", model.pk)
    back = (
        reverse("release_detail", args=[release.pk])
        if release
        else reverse("system_detail", args=[system.pk])
    )
    context = {
        "form": form,
        "title": f"Model for {release or system}",
        "lead": "The file is told by its content. A worker reads its signature in a process with "
        "limits on memory and time; nothing in it is run.",
        "submit": "Upload",
        "cancel_url": back,
        "draft": False,
        "crumbs": [{"label": str(release or system), "url": back}],
    }
    return render(request, "components/form_page.html", context)


@require_GET
def model_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a model's signature, and whether the data of its releases fit it."""
    rows = ModelArtefact.objects.visible_to(request.user)
    model = get_object_or_404(rows.select_related("system__portfolio", "file", "created_by"), pk=pk)
    releases = list(model.releases.select_related("system").prefetch_related(
        "release_datasets__dataset__columns"
    ))  # fmt: skip
    datasets = {
        item.dataset
        for release in releases
        for item in release.release_datasets.all()
        if item.use == DatasetUse.EVALUATION
    }
    checked: list[dict[str, Any]] = [
        {"dataset": dataset, "fault": features_sentence(model, dataset)} for dataset in datasets
    ]
    url = reverse("model_progress", args=[pk])
    context = {
        "model": model,
        "releases": releases,
        "checked": sorted(checked, key=lambda item: item["dataset"].pk),
        "progress": progress_of(model, "Reading the signature", url),
    }
    return render(request, "registry/model_detail.html", context)


@require_GET
def model_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer with the progress part; the whole page renews itself when the work has ended."""
    model = get_object_or_404(ModelArtefact.objects.visible_to(request.user), pk=pk)
    progress = progress_of(model, "Reading the signature", request.path)
    return progress_answer(request, model, progress)
