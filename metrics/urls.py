"""Addresses of the pages about figures."""

from django.urls import path

from metrics.views import annotations, data, files, kpis, log, mentions

urlpatterns = [
    path("metrics/", log.LogMetrics.as_view(), name="log_metrics"),
    path("metrics/kpis/new/", kpis.NewKpi.as_view(), name="kpi_new"),
    path("imports/", files.Imports.as_view(), name="imports"),
    path("imports/<str:ref>/", files.Page.as_view(), name="import"),
    path("imports/<str:ref>/read/", files.Read.as_view(), name="import_read"),
    path("imports/<str:ref>/store/", files.Store.as_view(), name="import_store"),
    path("imports/<str:ref>/errors.csv", files.errors_csv, name="import_errors"),
    path("mentions/", mentions.Mentions.as_view(), name="mentions"),
    path("mentions/brand/", mentions.NameBrand.as_view(), name="mentions_brand"),
    path("mentions/export.csv", mentions.mentions_csv, name="mentions_csv"),
    path("mentions/<str:ref>/", mentions.Page.as_view(), name="mention"),
    path("mentions/<str:ref>/contact/", mentions.Contact.as_view(), name="mention_contact"),
    path("mentions/<str:ref>/settle/", mentions.Settle.as_view(), name="mention_settle"),
    path("data/", data.Data.as_view(), name="data"),
    path("data/annotations/", annotations.Annotations.as_view(), name="annotations"),
    path("data/annotations/<str:ref>/", annotations.Page.as_view(), name="annotation"),
    path("data/annotations/<str:ref>/change/", annotations.Change.as_view(), name="annotation_change"),
    path("data/annotations/<str:ref>/withdraw/", annotations.Withdraw.as_view(), name="annotation_withdraw"),
    path("data/kpis/<str:ref>/", kpis.Page.as_view(), name="kpi"),
    path("data/kpis/<str:ref>/<str:day>/", kpis.Value.as_view(), name="value"),
    path("data/new/", data.Kinds.as_view(), name="source_kinds"),
    path("data/new/<str:kind>/", data.NewSource.as_view(), name="source_new"),
    path("data/<str:ref>/", data.Page.as_view(), name="source"),
    path("data/<str:ref>/change/", data.Change.as_view(), name="source_change"),
    path("data/<str:ref>/check/", data.try_out, name="source_check"),
    path("data/<str:ref>/pause/", data.Pause.as_view(), name="source_pause"),
    path("data/<str:ref>/resume/", data.Resume.as_view(), name="source_resume"),
]
