"""What is measured: KPIs, their values, and where those come from."""

from metrics.models.annotations import Annotation, AnnotationKind
from metrics.models.imports import Import
from metrics.models.kpi import Kpi
from metrics.models.mentions import Mention, Outcome
from metrics.models.pulls import Pull
from metrics.models.snapshots import Batch, Snapshot, SnapshotRevision
from metrics.models.sources import Series, Source, Spending

__all__ = [
    "Annotation",
    "AnnotationKind",
    "Batch",
    "Import",
    "Kpi",
    "Mention",
    "Outcome",
    "Pull",
    "Series",
    "Snapshot",
    "SnapshotRevision",
    "Source",
    "Spending",
]
