"""Every address of Mandate."""

from django.contrib import admin
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from config import health, home, styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("start/", home.start, name="start"),
    path("menu/", home.menu, name="menu"),
    path("search/", home.search, name="search"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("", include("ownership.urls")),
    path("", include("metrics.urls")),
    path("", include("initiatives.urls")),
    path("", include("decisions.urls")),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api")),
]

handler400 = "config.problems.bad_request"
handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"
