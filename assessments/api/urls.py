"""Addresses of the API."""

from assessments.api.urls_decisions import urlpatterns as decision_urls
from assessments.api.urls_documents import urlpatterns as document_urls
from assessments.api.urls_gate import urlpatterns as gate_urls

urlpatterns = [*gate_urls, *decision_urls, *document_urls]
