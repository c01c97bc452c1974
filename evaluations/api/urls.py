"""Addresses of the API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from evaluations.api import views

router = SimpleRouter()
router.register("runs", views.RunViewSet, basename="api_run")
router.register("findings", views.FindingViewSet, basename="api_finding")
router.register("audits", views.AuditViewSet, basename="api_audit")

urlpatterns = [path("", include(router.urls))]
