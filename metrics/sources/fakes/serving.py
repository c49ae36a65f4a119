"""A fake behind an address on loopback."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


@dataclass(frozen=True)
class Request:
    """What was asked; header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is answered; anything but bytes becomes JSON."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    type: str = "application/json"


class Fake:
    """Subclasses answer. `first` holds answers that are given before any of theirs: a scenario of trouble."""

    def __init__(self, today: Callable[[], date]) -> None:
        self.today = today
        self.first: list[Reply] = []
        self.asked: list[Request] = []

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        method, path, query = (environ[name] for name in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING"))
        request = Request(method, path, query, headers, body)
        self.asked.append(request)
        reply = self.first.pop(0) if self.first else self.answer(request)
        data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        told = {"Content-Type": reply.type, "Content-Length": str(len(data))} | reply.headers
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(told.items()))
        return [data]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Silence."""


@contextmanager
def serving(app: Callable[..., Iterable[bytes]], port: int = 0) -> Iterator[str]:
    """The address of the app, as long as the block runs; port 0 is any free one."""
    with make_server("127.0.0.1", port, app, server_class=_Server, handler_class=_Quiet) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
