"""Addresses of documents."""

from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import SimpleRouter

from assessments.api.documents import DocumentViewSet

router = SimpleRouter()
router.register("documents", DocumentViewSet, basename="api_document")

urlpatterns: list[URLPattern | URLResolver] = [path("", include(router.urls))]
