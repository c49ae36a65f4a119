"""Every address of Mandate."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from config import health
from ownership.views import LogIn

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api")),
]

handler400 = "config.problems.bad_request"
handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"
