"""Addresses of the API; each app brings its own."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("", include("registry.api.urls")),
    path("", include("evaluations.api.urls")),
    path("", include("assessments.api.urls")),
]
