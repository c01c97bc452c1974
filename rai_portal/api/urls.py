"""Addresses of the API; each app brings its own."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from rai_portal.api.views import NothingHere

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api_schema"), name="api_docs"),
    path("", include("registry.api.urls")),
    path("", include("evaluations.api.urls")),
    path("", include("assessments.api.urls")),
    re_path(r"", NothingHere.as_view()),
]
