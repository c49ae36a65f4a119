"""A web server on loopback that some tests ask."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest


class Handler(BaseHTTPRequestHandler):
    """Answers by path; keeps the headers it saw."""

    seen: ClassVar[list[tuple[str, dict[str, str]]]] = []

    busy: ClassVar[list[tuple[int, str]]] = []  # answers it gives first: status, Retry-After

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        self.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        if self.busy:
            status, retry_after = self.busy.pop(0)
            self.send_response(status)
            self.send_header("Retry-After", retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path.startswith("/to/"):
            self.send_response(307)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        body = b"x" * (6 * 1024 * 1024) if self.path == "/large" else b"hello"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Silence."""


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen.clear()
    Handler.busy.clear()
    running = ThreadingHTTPServer(("", 0), Handler)
    threading.Thread(target=running.serve_forever, args=[0.01], daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
