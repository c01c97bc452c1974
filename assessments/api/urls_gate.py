"""Address of the gate."""

from django.urls import URLPattern, path

from assessments.api.gates import GateView

urlpatterns: list[URLPattern] = [
    path("releases/<int:pk>/gate/", GateView.as_view(), name="api_gate"),
]
