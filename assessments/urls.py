"""Addresses of the pages."""

from assessments.urls_decisions import urlpatterns as decision_urls
from assessments.urls_documents import urlpatterns as document_urls
from assessments.urls_gate import urlpatterns as gate_urls

urlpatterns = [*gate_urls, *decision_urls, *document_urls]
