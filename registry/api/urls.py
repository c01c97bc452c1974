"""Addresses of the API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from registry.api import views

router = SimpleRouter()
router.register("systems", views.SystemViewSet, basename="api_system")
router.register("releases", views.ReleaseViewSet, basename="api_release")
router.register("datasets", views.DatasetViewSet, basename="api_dataset")
router.register("models", views.ModelViewSet, basename="api_model")
router.register("risks", views.RiskViewSet, basename="api_risk")
router.register("mitigations", views.MitigationViewSet, basename="api_mitigation")

urlpatterns = [path("", include(router.urls))]
