"""Imports over the API."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from metrics import tabular
from metrics.api.frame import an_id, today
from metrics.models import Import, Source
from metrics.services import files
from metrics.tabular import Mapping
from ownership.models import Unit
from ownership.rest import IF_MATCH, GovernedViewSet, ReasonSerializer
from ownership.wire import StrictJSONParser


class ImportSerializer(serializers.ModelSerializer[Import]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = Import
        fields = [
            "id",
            "ref",
            "source",
            "file_name",
            "file_sha256",
            "mapping",
            "dry_run",
            "state",
            "batch",
            "uploaded_by",
            "uploaded_at",
            "version",
        ]


class UploadInput(ReasonSerializer):
    file = serializers.FileField(max_length=200)
    unit = an_id(required=False)
    source = an_id(required=False)  # type: ignore[assignment]  # a field of that name


class MappingInput(ReasonSerializer):
    mapping = serializers.DictField()


class ImportViewSet(GovernedViewSet[Import]):
    """Files: upload, read with a mapping as a trial, then store whole or not at all."""

    queryset = Import.objects.select_related("source").defer("file").order_by("pk")
    serializer_class = ImportSerializer
    filterset_fields: ClassVar[list[str]] = ["source", "state"]

    def get_parsers(self) -> list[BaseParser]:
        return [MultiPartParser(), StrictJSONParser()]

    @extend_schema(request={"multipart/form-data": UploadInput})
    def create(self, request: Request) -> Response:
        """Upload a CSV file for a unit, or for a source whose history it fills. The answer proposes a mapping."""
        given = self.taken(UploadInput)
        row = files.upload(
            into=self._place(given),
            file_name=given["file"].name,
            data=given["file"].read(tabular.MAX_BYTES + 1),
            **self.stamp(given["reason"]),
        )
        return self.said(row, 201)

    def _place(self, given: dict[str, Any]) -> Source | Unit:
        if "source" in given:
            return self.visible(Source, given["source"], field="source")
        if "unit" not in given:
            raise exceptions.ValidationError({"unit": _("Name the unit, or the source.")})
        return self.visible(Unit, given["unit"], field="unit")

    @extend_schema(parameters=[IF_MATCH], request=MappingInput)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Read the file with this mapping: what is new, revised, the same, and wrong. Stores no value."""
        given = self.taken(MappingInput)
        try:
            mapping = Mapping.of(given["mapping"])
        except (TypeError, ValueError) as error:
            raise exceptions.ValidationError({"mapping": str(error)}) from error
        row = files.read(row=self.get_object(), mapping=mapping, today=today(), **self.stamp_change(given["reason"]))
        return self.said(row)

    @extend_schema(parameters=[IF_MATCH], request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def store(self, request: Request, pk: str) -> Response:
        """Store what was read. The same file under the same mapping again gives the earlier import."""
        reason = self.taken(ReasonSerializer)["reason"]
        row = files.store(row=self.get_object(), today=today(), **self.stamp_change(reason))
        return self.said(row)
