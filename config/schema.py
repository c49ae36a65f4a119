"""What the OpenAPI description says about tokens and problems, which drf-spectacular cannot see by itself."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import get_lib_doc_excludes
from drf_spectacular.views import SpectacularAPIView

from ownership.rest import GovernedViewSet

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "stable: /problems/not-yours, /problems/stale, …"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "the reason within the type"},
        "field": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}, "description": "per field, for a 400"},
        "items": {"type": "array", "items": {"type": "object"}, "description": "all that is missing, for a 422"},
        "request_id": {"type": "string"},
    },
}
ALWAYS = {400: "A field is wrong", 401: "No token, or a wrong one", 403: "Somebody else may do this", 404: "Not there"}
ON_WRITE = {409: "Not now", 412: "Changed since you read it", 422: "Incomplete", 428: "If-Match is missing"}


class ApiDescription(SpectacularAPIView):
    """OpenAPI 3.1 of what this installation answers."""


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library registers by subclassing
    """Bearer, or the password of Basic."""

    target_class = "ownership.access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "mdt_…"}


def undocumented() -> list[type]:
    """Frames whose own docstrings speak to engineers, not to callers."""
    return [*get_lib_doc_excludes(), GovernedViewSet]  # type: ignore[no-untyped-call]  # the library has no types here


def declare_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every operation says which refusals it may answer with."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            for status, said in (ALWAYS if method == "get" else ALWAYS | ON_WRITE).items():
                operation["responses"].setdefault(str(status), {"description": said, "content": content})
    return result
