"""Addresses of the pages about initiatives."""

from django.urls import path

from initiatives.views import detail

urlpatterns = [
    path("initiatives/<str:ref>/", detail.initiative, name="initiative"),
]
