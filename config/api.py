"""/api/v1/: every app lists its endpoints in ROUTES; this collects them."""

from django.urls import include, path, re_path
from django.urls.resolvers import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from config import problems
from config.schema import ApiDescription
from decisions import api as decisions
from initiatives import api as initiatives
from metrics import api as metrics
from ownership import api as ownership

router = SimpleRouter()
for app in (ownership, metrics, initiatives, decisions):  # from the ground up
    for prefix, viewset in app.ROUTES:
        router.register(prefix, viewset, basename=prefix)

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", ApiDescription.as_view(), name="schema"),
    *decisions.URLPATTERNS,
    path("", include(router.urls)),
    re_path(r"^.*$", problems.unknown_address),
]
