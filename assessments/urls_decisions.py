"""Addresses of reviews and decisions."""

from django.urls import URLPattern, path

from assessments.views import decisions, reviews

urlpatterns: list[URLPattern] = [
    path("reviews/", reviews.review_list, name="review_list"),
    path("releases/<int:pk>/review/", reviews.review_new, name="review_new"),
    path("reviews/<int:pk>/", reviews.review_detail, name="review_detail"),
    path("reviews/<int:pk>/withdraw/", reviews.review_withdraw, name="review_withdraw"),
    path("decisions/", decisions.decision_list, name="decision_list"),
    path("decisions/<int:pk>/", decisions.decision_detail, name="decision_detail"),
    path("conditions/<int:pk>/met/", decisions.condition_met, name="condition_meet"),
    path("systems/<int:pk>/decisions/", decisions.system_decisions, name="system_decisions"),
]
