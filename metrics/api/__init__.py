"""KPIs, values, sources, pulls and imports over the API, a module per subject."""

from typing import Any

from rest_framework.viewsets import GenericViewSet

from metrics.api.annotations import AnnotationViewSet
from metrics.api.imports import ImportViewSet
from metrics.api.kpis import KpiViewSet
from metrics.api.mentions import MentionViewSet
from metrics.api.quality import QualityViewSet
from metrics.api.snapshots import SnapshotViewSet
from metrics.api.sources import KindViewSet, PullViewSet, SourceViewSet

ROUTES: list[tuple[str, type[GenericViewSet[Any]]]] = [
    ("kpis", KpiViewSet),
    ("snapshots", SnapshotViewSet),
    ("sources", SourceViewSet),
    ("source-kinds", KindViewSet),
    ("pulls", PullViewSet),
    ("imports", ImportViewSet),
    ("mentions", MentionViewSet),
    ("data-quality", QualityViewSet),
    ("annotations", AnnotationViewSet),
]
