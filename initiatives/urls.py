"""Addresses of the pages about initiatives."""

from django.urls import path

from initiatives.views import detail, money

urlpatterns = [
    path("initiatives/<str:ref>/", detail.initiative, name="initiative"),
    path("initiatives/<str:ref>/metrics/", detail.metrics, name="initiative_metrics"),
    path("initiatives/<str:ref>/money/", money.money, name="initiative_money"),
]
