"""Stands between the provider and the emulator, and remembers what the provider asks of RDS."""

from __future__ import annotations

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

HOP_BY_HOP = ("connection", "transfer-encoding", "content-length")
"""Headers that belong to one connection."""

Request = dict[str, str]
"""A request's parameters, ``Action`` among them."""


class Recorder:
    """What was asked, in order."""

    def __init__(self, emulator: str) -> None:
        self.emulator = urlsplit(emulator)
        self.address = ""
        self._requests: list[Request] = []

    def keep(self, body: bytes) -> None:
        """Remember a request of the query protocol, which RDS has."""
        form = {name: values[0] for name, values in parse_qs(body.decode("latin-1"), keep_blank_values=True).items()}
        if "Action" in form:
            self._requests.append(form)

    def taken(self, action: str) -> list[Request]:
        """Return the requests of an action since the last time, and forget them all."""
        found = [one for one in self._requests if one["Action"] == action]
        self._requests.clear()
        return found


@contextlib.contextmanager
def recording(emulator: str) -> Iterator[Recorder]:
    """Yield a recorder that listens before the emulator."""
    recorder = Recorder(emulator)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            recorder.keep(body)
            upstream = http.client.HTTPConnection(recorder.emulator.netloc, timeout=120)
            upstream.request(self.command, self.path, body=body, headers=dict(self.headers.items()))
            answer = upstream.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            upstream.close()

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = forward  # noqa: N815 - named by http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing: the emulator keeps a log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorder.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
