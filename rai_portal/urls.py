"""All addresses."""

from django.conf import settings
from django.urls import include, path

from rai_portal.web import health, views

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("rai_portal.accounts.urls")),
    path("api/v1/", include("rai_portal.api.urls")),
    path("", include("registry.urls")),
    path("", include("evaluations.urls")),
    path("", include("assessments.urls")),
]

if settings.DEBUG:
    urlpatterns += [path("dev/components/", views.components, name="components")]

handler400 = "rai_portal.web.views.bad_request"
handler404 = "rai_portal.web.views.not_found"
handler403 = "rai_portal.web.views.forbidden"
handler500 = "rai_portal.web.views.server_error"
