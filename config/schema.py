"""What the OpenAPI description says about tokens, problems and JSON, which drf-spectacular cannot see by itself."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
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
        "detail": {"type": "string", "description": "what to do, in words"},
        "code": {"type": "string", "description": "the reason within the type"},
        "field": {"type": "string", "description": "the input to change"},
        "pointer": {
            "type": "string",
            "description": "JSON pointer to what cannot be read in the body; empty: all of it",
        },
        "errors": {
            "type": "array",
            "description": "for a 400: each wrong field, as a path (targets.0.goal), with its remedy",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "items": {
            "type": "array",
            "description": "for a 422: all that is missing, such as the criteria of a gate or the rows of a file",
            "items": {"type": "object", "additionalProperties": {}},
        },
        "request_id": {"type": "string"},
    },
}
REFUSALS = {
    400: "A field or parameter is wrong, or the body cannot be read",
    401: "No token, or a wrong one",
    403: "Somebody else may do this, or the token lacks the scope",
    404: "Not there, or not yours to see",
    406: "Only JSON is answered",
    409: "Not now: the thing is in another state",
    412: "Changed since you read it",
    413: "More than 25 MB at once",
    415: "Not a body that is read here",
    422: "Understood, and something is missing",
    428: "If-Match is missing",
    429: "Too many requests; Retry-After says for how many seconds",
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 8, "maxLength": 200},
    "description": "Makes a repetition harmless: it gets the first one's answer.",
}


class ApiDescription(SpectacularAPIView):
    """OpenAPI 3.1 of what this installation answers."""


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library registers by subclassing
    """Bearer, or the password of Basic."""

    target_class = "ownership.access.TokenAuthentication"
    name = ["token", "tokenAsPassword"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "mdt_…"}
        return [bearer, {"type": "http", "scheme": "basic", "description": "any user name, the token as password"}]


class StoredJson(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # as above
    """A JSON column is an object or a list, as its default is."""

    target_class = "rest_framework.fields.JSONField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        column = self.target.parent.Meta.model._meta.get_field(self.target.source.rpartition(".")[2])
        return (
            {"type": "array", "items": {}} if column.default is list else {"type": "object", "additionalProperties": {}}
        )


def undocumented() -> list[type]:
    """Frames whose own docstrings speak to engineers, not to callers."""
    return [*get_lib_doc_excludes(), GovernedViewSet]  # type: ignore[no-untyped-call]  # the library has no types here


def declare_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every operation says which refusals it may answer with, and every POST that it takes an Idempotency-Key."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    result["components"]["schemas"]["Problem"] = PROBLEM
    result["components"]["responses"] = {
        f"Problem{status}": {"description": said, "content": content} for status, said in REFUSALS.items()
    }
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            parameters = operation.setdefault("parameters", [])
            if method == "post" and not any(one["name"] == "Idempotency-Key" for one in parameters):
                parameters.append(IDEMPOTENCY_KEY)
            for status in _refusals(path, method, operation):
                operation["responses"][str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    return result


def _refusals(path: str, method: str, operation: dict[str, Any]) -> Iterator[int]:
    """Statuses in ascending order."""
    names = {parameter["name"] for parameter in operation["parameters"]}
    has_file = "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
    applies = {404: "{" in path, 412: "If-Match" in names, 413: has_file, 428: "If-Match" in names}
    applies |= dict.fromkeys((409, 415, 422), method != "get")
    yield from (status for status in REFUSALS if applies.get(status, True))
