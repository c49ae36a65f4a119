"""Every refusal and error in one shape: problem+json (RFC 9457) for the API, the same words on a page."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.response import Response

from ownership.refusals import Refusal
from ownership.wire import Unreadable

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger("mandate")

type_of = "/problems/{}".format


def problem(error: Exception, request_id: str) -> dict[str, Any]:
    """The problem as a plain dict: type, title, status, detail, request_id and what else the error knows."""
    if isinstance(error, Refusal):
        said: dict[str, Any] = {
            "type": type_of(error.slug),
            "title": _(error.title),
            "status": error.status,
            "detail": error.words(_),
            "code": error.code,
        }
        said |= {"field": error.field} if error.field else {}
        said |= {"items": error.items} if error.items else {}
    elif isinstance(error, ValidationError):
        errors = list(_flat(error.detail))
        said = {
            "type": type_of("invalid"),
            "title": _("Some fields are not right"),
            "status": 400,
            "detail": "; ".join(f"{e['field']}: {e['detail']}" if e["field"] else e["detail"] for e in errors),
            "errors": errors,
        }
    elif isinstance(error, IntegrityError | DataError):
        said = _from_database(error)
    else:
        said = _from_framework(error)
    return said | {"request_id": request_id}


def _flat(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Nested validation errors as (field, detail) pairs; fields as paths: targets.0.goal."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            yield from _flat(value, path if key == "non_field_errors" else f"{path}.{key}".lstrip("."))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            yield from _flat(value, f"{path}.{index}".lstrip(".") if isinstance(value, Mapping) and value else path)
    else:
        yield {"field": path, "detail": str(detail)}


def _from_database(error: IntegrityError | DataError) -> dict[str, Any]:
    """A constraint said no. Its name is a sentence about what must hold."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    message = getattr(diagnosis, "message_primary", None) or str(error)
    if isinstance(error, DataError):
        title, slug, status = _("A value does not fit"), "invalid", 400
    else:
        title, slug, status = _("This would break a rule that always holds"), "rule-broken", 409
    detail = name.replace("_", " ") + "." if name else message
    return {"type": type_of(slug), "title": title, "status": status, "detail": detail, "code": name or slug}


def _from_framework(error: Exception) -> dict[str, Any]:
    slug, title, status, detail = "error", _("Something went wrong here"), 500, _("It has been noted. Try again later.")
    if isinstance(error, Http404):
        slug, title, status = "not-found", _("Not found"), 404
        detail = _("There is nothing here, or nothing that you may see.")
    elif isinstance(error, PermissionDenied):
        slug, title, status, detail = (
            "not-yours",
            _("This is for somebody else to do"),
            403,
            str(error) or _("Not allowed."),
        )
    elif isinstance(error, RequestDataTooBig):
        slug, title, status, detail = "too-large", _("That is too much at once"), 413, _("Send at most 25 MB.")
    elif isinstance(error, BadRequest):
        slug, title, status, detail = "unreadable", _("This cannot be read"), 400, str(error)
    elif isinstance(error, OperationalError):
        slug, title, status = "unavailable", _("The database does not answer"), 503
        detail = _("Nothing was written. Try again in a minute.")
    elif isinstance(error, APIException):
        slug, status, detail = str(error.default_code).replace("_", "-"), error.status_code, str(error.detail)
        title = str(error.default_detail)
    said = {"type": type_of(slug), "title": title, "status": status, "detail": detail}
    return said | ({"pointer": error.pointer} if isinstance(error, Unreadable) else {})


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """What DRF calls for every exception in an API view."""
    request = context["request"]
    said = problem(error, getattr(request, "request_id", ""))
    if said["status"] >= 500:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
    headers = {}
    if isinstance(error, APIException) and (challenge := getattr(error, "auth_header", None)):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, Throttled) and (wait := getattr(error, "wait", None)):
        headers["Retry-After"] = str(wait)
    return Response(said, status=said["status"], headers=headers, content_type=MEDIA_TYPE)


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """The problem as the caller reads it: JSON under /api/, else a page."""
    said = problem(error, getattr(request, "request_id", ""))
    if request.path.startswith("/api/"):
        return JsonResponse(said, status=said["status"], content_type=MEDIA_TYPE)
    return render(request, "problem.html", {"problem": said}, status=said["status"])


class ProblemMiddleware:
    """Turns a refusal that reaches the edge of a page into its words. Bugs stay bugs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        known = (Refusal, Http404, PermissionDenied, IntegrityError, DataError, OperationalError, BadRequest)
        return answer(request, error) if isinstance(error, known) else None


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, Http404())


@login_not_required
def unknown_address(request: HttpRequest) -> HttpResponse:
    """Under /api/ nothing else answers, not even a log-in page."""
    return answer(request, Http404())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, exception if isinstance(exception, RequestDataTooBig) else BadRequest(str(exception)))


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort: no database, no context processor."""
    if request.path.startswith("/api/"):
        said = problem(Exception(), getattr(request, "request_id", ""))
        return JsonResponse(said, status=500, content_type=MEDIA_TYPE)
    return render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, PermissionDenied(_("This form was open for too long. Go back, reload and send it again.")))


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many failed log-ins for this account from this address."""
    answered = answer(request, Throttled(300, _("Too many failed attempts. Try again in five minutes.")))
    answered["Retry-After"] = "300"
    return answered
