"""Addresses of reviews, decisions and documents."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
